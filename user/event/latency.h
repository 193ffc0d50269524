/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A histogram of times. Each power of two has 32 buckets, so that a percentile is off by at most 1.6%
 * (exact below 64); count, minimum, maximum, mean and deviation are exact. Only buckets that are not empty
 * take memory (8 bytes each), so that ten thousand models can have a histogram each.
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
	struct latency_bucket *buckets; /* those that are not empty, by index */
	uint32_t used, cap;
	uint64_t count, min, max;
	double mean, squares; /* squares: sum of the squared distances from the mean */
};

void latency_free(struct latency *l);

/*
 * Add a value, many equal values, or a whole histogram. `room` is the memory in bytes that may still be
 * taken, shared by many histograms (NULL: no limit). When it is used up, or memory is out, a value is
 * counted in the nearest bucket that exists: the histogram becomes coarser, but no value is lost.
 */
void latency_add(struct latency *l, uint64_t ns, size_t *room);
void latency_add_many(struct latency *l, uint64_t ns, uint64_t count, size_t *room);
void latency_merge(struct latency *into, const struct latency *from, size_t *room);

/* Takes over what was counted elsewhere: first the buckets (bpf/spread.h), then, once, the exact sums. */
struct latency_sums {
	uint64_t count, min, max, sum;
	struct square_sum squares;
};
void latency_count(struct latency *l, unsigned bucket, uint64_t count);
void latency_exact(struct latency *l, const struct latency_sums *sums);

/* The value that `percent` of all values do not exceed; 0 for an empty histogram. */
uint64_t latency_percentile(const struct latency *l, double percent);

/* The standard deviation of the values as a whole population (divided by n, not n - 1). */
double latency_deviation(const struct latency *l);

/* How many values exceed `ns`. Of the bucket that contains `ns`, all count or none, by its middle. */
uint64_t latency_above(const struct latency *l, double ns);

enum { LATENCY_POWERS = 64 };

/* counts[i]: how many values are in [2^i, 2^(i+1)); those that are 0 count as 1. */
void latency_powers(const struct latency *l, uint64_t counts[LATENCY_POWERS]);

#endif
