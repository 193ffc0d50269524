/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Distributions of durations, in numbers that can be added up: the buckets of a histogram, and the sum of squares.
 * Used by both the kernel side and user space, so that a duration belongs to the same bucket in both.
 */
#ifndef BPF_SPREAD_H
#define BPF_SPREAD_H

#include "events.h"

/* Each duration below 2 * SPREAD_SUB has its own bucket; above, each power of two has SPREAD_SUB buckets. */
#define SPREAD_SUB_BITS 5
#define SPREAD_SUB      (1 << SPREAD_SUB_BITS)

/* The binary logarithm of a number, rounded down; 0 for 0. (By bisection: BPF has no instruction for it.) */
static inline __u32 spread_power(__u64 ns)
{
	__u32 power = 0;
	for (__u32 bits = 32; bits; bits /= 2)
		if (ns >> power >> bits)
			power += bits;
	return power;
}

static inline __u32 spread_bucket(__u64 ns)
{
	if (ns < 2 * SPREAD_SUB)
		return (__u32)ns;
	__u32 shift = spread_power(ns) - SPREAD_SUB_BITS;
	return shift * SPREAD_SUB + (__u32)(ns >> shift);
}

/* The bucket of a duration in the short distribution that a sum of operations on a file has. */
static inline __u32 io_bucket(__u64 ns)
{
	__u32 power = spread_power(ns);
	if (power < IO_SPREAD_FIRST)
		return 0;
	__u32 bucket = 2 * (power - IO_SPREAD_FIRST) + (__u32)(ns >> (power - 1) & 1);
	return bucket < IO_SPREAD ? bucket : IO_SPREAD - 1;
}

static inline void spread_add(struct square_sum *sum, __u64 low, __u64 high)
{
	sum->low += low;
	sum->high += high + (sum->low < low);
}

/* Adds the square of a duration, which may have 128 bits. */
static inline void spread_square(struct square_sum *sum, __u64 ns)
{
	__u64 high = ns >> 32, low = ns & 0xffffffff, both = high * low;
	spread_add(sum, low * low, high * high);
	spread_add(sum, both << 33, both >> 31);
}

#endif
