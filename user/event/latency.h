/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A histogram of times: 32 buckets to each power of two, so that a percentile is at most 1.6% away, exact
 * below 64; count, least, most, mean and deviation are exact. Only buckets that hold something take memory (8
 * bytes each): ten thousand models may have one each.
 */
#ifndef USER_EVENT_LATENCY_H
#define USER_EVENT_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/spread.h"

struct latency_bucket {
	uint64_t index : 11, count : 53;
};

struct latency {
	struct latency_bucket *buckets; /* by index */
	uint32_t used, cap;
	uint64_t count, min, max;
	double mean, squares; /* the sum of the squared distances from the mean, so far */
};

void latency_free(struct latency *l);

/*
 * `room` is the memory still allowed, in bytes, shared by many histograms (NULL: no limit). With none left,
 * or out of memory, the value is counted in the nearest bucket there is: nothing goes missing, it only gets
 * coarser.
 */
void latency_add(struct latency *l, uint64_t ns, size_t *room);
void latency_add_many(struct latency *l, uint64_t ns, uint64_t count, size_t *room);
void latency_merge(struct latency *into, const struct latency *from, size_t *room);

/* For what was counted elsewhere: buckets by bpf/spread.h, and then, once, what is exact of them all. */
struct latency_sums {
	uint64_t count, min, max, sum;
	struct square_sum squares;
};
void latency_count(struct latency *l, unsigned bucket, uint64_t count);
void latency_exact(struct latency *l, const struct latency_sums *sums);

/* The value that `percent` of all are not above; 0 when there is none. */
uint64_t latency_percentile(const struct latency *l, double percent);

/* The standard deviation of them all (divided by their number, not by one less). */
double latency_deviation(const struct latency *l);

/* How many are above `ns`; of the bucket that holds it, all or none: by its middle. */
uint64_t latency_above(const struct latency *l, double ns);

enum { LATENCY_POWERS = 64 };

/* How many are at least 2^i and below 2^(i+1); 0 is with 1. */
void latency_powers(const struct latency *l, uint64_t counts[LATENCY_POWERS]);

#endif
