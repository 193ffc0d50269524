/* SPDX-License-Identifier: BSD-2-Clause */
/* A model of a paged bundle and its state in the cache. The array of them is made at open and never moves. It
 * begins as observers see it: struct pb_model_counters. */
#ifndef BUNDLE_ENTRY_H
#define BUNDLE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"
#include "pagedbundle.h"
#include "policy.h"

struct entry {
	/* what a hit touches: one line of the processor's cache */
	_Alignas(64) struct name name; /* first: struct names finds it */
	void *data;                    /* NULL: not resident */
	uint64_t size;
	uint64_t hits;
	uint64_t spare[2];
	uint32_t pins;
	bool parked;     /* pinned and out of the policy's sight */
	bool prefetched; /* resident, and nobody asked for it yet */
	bool was_evicted;
	bool loading;

	_Alignas(64) uint64_t offset; /* in the file; UINT64_MAX: past what a file can have */
	uint64_t misses, reloads, evictions, loads, prefetches, prefetch_used, prefetch_wasted;

	size_t capacity; /* of the buffer at data */

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
SEEN_AS(pins, pins);
SEEN_AS(data, data);
SEEN_AS(size, size);
SEEN_AS(hits, hits);
SEEN_AS(spare, own);
SEEN_AS(parked, parked);
SEEN_AS(prefetched, unused);
SEEN_AS(was_evicted, left);
SEEN_AS(loading, loading);
SEEN_AS(offset, offset);
SEEN_AS(misses, misses);
SEEN_AS(prefetch_wasted, prefetch_wasted);
#undef SEEN_AS

#endif
