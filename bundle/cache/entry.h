/* SPDX-License-Identifier: BSD-2-Clause */
/* A model of a paged bundle and its state in the cache. The array of them is made at open and never moves. It
 * begins as observers see it: struct pb_model_counters. */
#ifndef BUNDLE_CACHE_ENTRY_H
#define BUNDLE_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/format/names.h"
#include "bundle/pagedbundle.h"
#include "bundle/policy/policy.h"

struct entry {
	/* What a hit reads: one line of the processor's cache, which hits do not write to. */
	_Alignas(64) struct name name; /* first: struct names finds it */
	void *data;                    /* NULL: not resident. Atomic, written under the lock */
	uint64_t size;
	uint64_t offset; /* in the file; UINT64_MAX: past what a file can have */
	bool parked;     /* pinned and out of the policy's sight. Atomic, written under the lock */
	bool prefetched; /* resident, and nobody asked for it yet. Atomic, written under the lock */
	bool was_evicted;
	bool loading;
	bool wanted;     /* loading ahead, and somebody waits for it */
	void *memory;    /* where it is, or is being read to */
	size_t capacity; /* of that */

	/* All that follows: under the lock. */
	_Alignas(64) uint64_t hits; /* those that were taken out of a stripe's word */
	uint64_t misses, reloads, evictions, loads, prefetches, prefetch_used, prefetch_wasted;
	uint64_t bytes_loaded; /* of its pages */

	_Alignas(64) struct policy_node node;
};

static inline struct entry *entry_of(struct policy_node *node)
{
	return (struct entry *)((char *)node - offsetof(struct entry, node));
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
