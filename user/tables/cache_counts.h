/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted of a model's use, of a bundle's, or of several bundles'. Sums do not wrap: the numbers come from
 * other processes, and may be anything. */
#ifndef USER_TABLES_CACHE_COUNTS_H
#define USER_TABLES_CACHE_COUNTS_H

#include "user/event/event.h"

/* Of a bundle: the sum over its models. */
struct cache_counts {
	uint64_t hits, misses;
	uint64_t reloads;   /* misses of a model that was evicted since the bundle was opened */
	uint64_t evictions; /* for room or on request; not by clear or close */
	uint64_t loads;
	uint64_t prefetched; /* loads before the model was asked for */
	uint64_t used;       /* prefetched models that were then hit */
	uint64_t wasted;     /* prefetched models that left memory before a hit */
	uint64_t bytes_loaded;
	uint64_t errors;
};

/* UINT64_MAX if the sum is larger. */
static inline uint64_t cache_counts_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Counts an event of the app layer. `evicted`: its model was evicted before, so that a miss is a reload. What
 * becomes of prefetched models (used, wasted) is not known from one event, and is not counted. */
void cache_counts_event(struct cache_counts *counts, const struct event *ev, bool evicted);

/* What an EVENT_MODEL has counted, less what it had counted before (NULL: nothing). */
struct cache_counts cache_counts_of_model(const uint64_t counts[MODEL_COUNTS], const uint64_t *before);

void cache_counts_add(struct cache_counts *into, const struct cache_counts *more);

/* now - before, field by field; 0 where a count went back. */
struct cache_counts cache_counts_since(const struct cache_counts *now, const struct cache_counts *before);

/* hits + misses */
uint64_t cache_counts_gets(const struct cache_counts *counts);

/* 0 to 1; negative: nothing was asked for. */
double cache_counts_hit_rate(const struct cache_counts *counts);

#endif
