/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hits write. Each thread has a stripe of its own in a bundle (from the 64th thread on they share), so
 * that hits in several threads do not meet in one line of the processor's cache: for each model a word of
 * hits and views not released, and the models hit last, for the policy. Nobody locks: a view is pinned by one
 * atomic addition and an eviction looks at the words of all stripes (cache.c).
 */
#ifndef BUNDLE_CACHE_STRIPE_H
#define BUNDLE_CACHE_STRIPE_H

#include "bundle/base/alone.h"
#include "bundle/pagedbundle.h"
#include "bundle/base/thread_id.h"
#include "bundle/predict/predictor.h"

#define STRIPE_TOUCHES 128 /* a power of two */

/* A word: hits above, views below. */
#define WORD_VIEW  1ull
#define WORD_HIT   (1ull << PB_VIEW_BITS)
#define WORD_VIEWS (WORD_HIT - 1)
#define WORD_FULL  (1ull << 63 | WORD_HIT >> 1) /* either of them is half full: see to it */

/* How a thread goes along a model, page by page. */
struct along {
	uint64_t next; /* the page after the last one it read */
	uint32_t model;
	uint32_t pages; /* to read ahead the next time; 0: it has read nothing */
};

struct stripe {
	/* as observers see it: struct pb_stripe */
	_Alignas(64) uint64_t hits; /* also the number of the next touch */
	uint64_t *words;
	struct pb_paged *paged;
	uint32_t busy; /* 1: a thread is at `history` */
	struct history history;
	struct along along;                            /* under the lock */
	_Alignas(64) uint32_t touches[STRIPE_TOUCHES]; /* a ring: new ones over old ones */
	_Alignas(64) uint64_t drained; /* the policy has seen the touches before this one; under the lock */
	_Alignas(64) uint64_t word[];
};

/* NULL: out of memory. */
struct stripe *stripe_new(struct pb_paged *paged, uint32_t models);

/* Notes a hit; true: the ring is full of touches that were not there at its last turn. */
static inline bool stripe_touch(struct stripe *s, uint32_t model)
{
	uint64_t number = add_in_order(&s->hits, 1);
	uint32_t at = (uint32_t)number & (STRIPE_TOUCHES - 1);
	__atomic_store_n(&s->touches[at], model, __ATOMIC_RELAXED);
	return at == STRIPE_TOUCHES - 1;
}

#endif
