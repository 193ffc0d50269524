/* SPDX-License-Identifier: BSD-2-Clause */
/* A model, or a page of one (pages.h), and its state in the cache. The array of all models is made at open and
 * never moves; observers read it as struct pb_model_counters. */
#ifndef BUNDLE_CACHE_ENTRY_H
#define BUNDLE_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/format/names.h"
#include "bundle/pagedbundle.h"
#include "bundle/policy/policy.h"

struct entry {
	/* One cache line that a hit reads and never writes. Atomic, and written under the lock: data, parked,
	 * prefetched. */
	_Alignas(64) struct name name; /* first: struct names relies on it. bytes NULL: a page */
	void *data;                    /* NULL: not resident */
	uint64_t size;
	uint64_t offset;  /* in the file; UINT64_MAX: past what a file can have */
	bool parked;      /* removed from the policy while pinned, until it is released */
	bool prefetched;  /* resident, and not asked for yet */
	bool was_evicted; /* evicted or cleared at least once */
	bool loading;
	bool wanted;     /* loading ahead, and a get or read waits for it */
	void *memory;    /* where it is, or is being read to */
	size_t capacity; /* of the buffer around `memory` */

	/* The rest: under the lock. Models only: */
	_Alignas(64) uint64_t hits; /* without those in the stripes' words */
	uint64_t misses, reloads, evictions, loads, prefetches, prefetch_used, prefetch_wasted;
	uint64_t bytes_loaded; /* by its pages */

	_Alignas(64) struct policy_node node;
};

static inline struct entry *entry_of(struct policy_node *node)
{
	return (struct entry *)((char *)node - offsetof(struct entry, node));
}

static inline bool entry_is_page(const struct entry *e)
{
	return !e->name.bytes;
}

/* Passes a hit on a resident entry to the policy; while parked it counts, and the policy sees it on return. */
static inline void entry_touch(struct entry *e, struct policy *policy)
{
	if (e->parked)
		e->node.uses++;
	else
		policy_touch(policy, &e->node);
}

#define SEEN_AS(member, public)                                                                              \
	_Static_assert(offsetof(struct entry, member) == offsetof(struct pb_model_counters, public), "")
SEEN_AS(name.bytes, name);
SEEN_AS(name.len, name_len);
SEEN_AS(data, data);
SEEN_AS(size, size);
SEEN_AS(offset, offset);
SEEN_AS(parked, parked);
SEEN_AS(prefetched, unused);
SEEN_AS(was_evicted, left);
SEEN_AS(loading, loading);
SEEN_AS(hits, hits);
SEEN_AS(misses, misses);
SEEN_AS(prefetch_wasted, prefetch_wasted);
SEEN_AS(bytes_loaded, page_bytes);
#undef SEEN_AS

#endif
