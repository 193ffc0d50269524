/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted of a model, of a bundle, and of all of them. */
#ifndef USER_BUNDLETOP_COUNTS_H
#define USER_BUNDLETOP_COUNTS_H

#include "user/kernel/live_counters.h"

struct counts {
	uint64_t hits, misses, loads, evictions, reloads, bytes_loaded, prefetches, used, wasted, errors;
};

struct counts counts_of_bundle(const struct pb_counters *c);
/* The library does not count a model's errors. */
struct counts counts_of_model(const struct pb_model_counters *m);

/* now - before, field by field, 0 where a counter has gone back. */
struct counts counts_since(const struct counts *now, const struct counts *before);

/* Sums do not wrap: counters come from other processes. */
static inline uint64_t counts_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}
void counts_add(struct counts *into, const struct counts *more);

uint64_t counts_gets(const struct counts *c);

/* 0 to 1; negative: nothing was asked for. */
double counts_hit_rate(const struct counts *c);

#endif
