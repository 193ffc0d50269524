/* SPDX-License-Identifier: BSD-2-Clause */
/* The monotonic clock. */
#ifndef BUNDLE_BASE_CLOCK_H
#define BUNDLE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since an arbitrary start. */
static inline uint64_t clock_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

#endif
