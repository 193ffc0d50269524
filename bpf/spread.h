/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * How times are spread, in numbers that add up: the buckets of a histogram, and the sum of squares. The
 * kernel side counts with it, and user space: so both agree on where a time belongs.
 */
#ifndef BPF_SPREAD_H
#define BPF_SPREAD_H

#include "events.h"

/* Times below 2 * SPREAD_SUB are their own bucket; above, each power of two is cut into SPREAD_SUB. */
#define SPREAD_SUB_BITS 5
#define SPREAD_SUB      (1 << SPREAD_SUB_BITS)

/* The power of two that a number begins with; of 0 that of 1. (By halves: the kernel side has no instruction
 * for it.) */
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

static inline void spread_add(struct square_sum *sum, __u64 low, __u64 high)
{
	sum->low += low;
	sum->high += high + (sum->low < low);
}

/* Adds the square of a time, of up to 128 bits. */
static inline void spread_square(struct square_sum *sum, __u64 ns)
{
	__u64 high = ns >> 32, low = ns & 0xffffffff, both = high * low;
	spread_add(sum, low * low, high * high);
	spread_add(sum, both << 33, both >> 31);
}

#endif
