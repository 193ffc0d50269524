/* SPDX-License-Identifier: BSD-2-Clause */
/* A model of a paged bundle and its state in the cache. The array of them is made at open and never moves. */
#ifndef BUNDLE_ENTRY_H
#define BUNDLE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

struct entry {
	/* what a hit touches: one line of the processor's cache */
	_Alignas(64) struct name name; /* first: struct names finds it */
	void *data;                    /* NULL: not resident */
	uint64_t size, offset;         /* in the file; offset UINT64_MAX: past what a file can have */
	struct entry *prev, *next;     /* the policy's list */
	uint32_t pins;
	bool parked;     /* pinned and out of the policy's sight */
	bool prefetched; /* resident, and nobody asked for it yet */
	bool was_evicted;

	uint64_t uses; /* since it was loaded, the load included; kept for the policies that count */
	struct bucket *bucket;
	size_t capacity; /* of the buffer at data */
};

_Static_assert(offsetof(struct entry, uses) == 64, "the hot part is one line");

#endif
