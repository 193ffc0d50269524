/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeps 60 times for 2 ms and, in the middle, once for 80 ms; prints the minimum, median, maximum and sum of the
 * durations that it measured, in nanoseconds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NAPS = 61, LONG_ONE = 30 };

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

int main(void)
{
	uint64_t took[NAPS], sum = 0;
	for (int i = 0; i < NAPS; i++) {
		uint64_t start = now();
		nanosleep(&(struct timespec){ .tv_nsec = (i == LONG_ONE ? 80 : 2) * 1000000 }, NULL);
		took[i] = now() - start;
		sum += took[i];
	}
	qsort(took, NAPS, sizeof(*took), by_value);
	printf("%llu %llu %llu %llu\n", (unsigned long long)took[0], (unsigned long long)took[NAPS / 2],
		(unsigned long long)took[NAPS - 1], (unsigned long long)sum);
	return 0;
}
