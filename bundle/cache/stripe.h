/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hits write. Each thread has a stripe of its own in a bundle (from the 64th thread on they share), so
 * that hits in several threads do not write to the same cache lines: for each model a word with its hits and
 * unreleased views, and a ring of recent hits for the policy. Lock-free: a view is pinned by one atomic
 * addition, and an eviction checks the words of all stripes (cache.c).
 */
#ifndef BUNDLE_CACHE_STRIPE_H
#define BUNDLE_CACHE_STRIPE_H

#include "bundle/base/alone.h"
#include "bundle/base/thread_id.h"
#include "bundle/pagedbundle.h"
#include "bundle/predict/predictor.h"

#define STRIPE_TOUCHES 128 /* a power of two */

/* A word: hits in the upper bits, views in the lower ones. */
#define WORD_VIEW  1ull
#define WORD_HIT   (1ull << PB_VIEW_BITS)
#define WORD_VIEWS (WORD_HIT - 1)
#define WORD_FULL  (1ull << 63 | WORD_HIT >> 1) /* the top bit of either: half full, must be handled */

/* A thread's sequential pass through a model, page by page. */
struct along {
	uint64_t next; /* the page after the last one read */
	uint32_t model;
	uint32_t pages; /* size of the last read-ahead; 0: nothing was read yet */
};

struct stripe {
	/* as observers see it: struct pb_stripe */
	_Alignas(64) uint64_t hits; /* of all models; also the number of the next touch */
	uint64_t *words;
	struct pb_paged *paged;
	uint32_t busy; /* 1: a thread is using `history` */
	struct history history;
	struct along along;                            /* under the lock */
	_Alignas(64) uint32_t touches[STRIPE_TOUCHES]; /* a ring of models that were hit */
	_Alignas(64) uint64_t drained; /* number of the first touch the policy has not seen; under the lock */
	_Alignas(64) uint64_t word[];
};

/* Freed by free. NULL: out of memory. */
struct stripe *stripe_new(struct pb_paged *paged, uint32_t models);

/* Records a hit; true: the ring has filled up since it returned true before, and should be drained. */
static inline bool stripe_touch(struct stripe *s, uint32_t model)
{
	uint64_t number = add_in_order(&s->hits, 1);
	uint32_t at = (uint32_t)number & (STRIPE_TOUCHES - 1);
	__atomic_store_n(&s->touches[at], model, __ATOMIC_RELAXED);
	return at == STRIPE_TOUCHES - 1;
}

#endif
