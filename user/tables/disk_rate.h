/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast a device was: in its best window, and on the whole while it had requests. */
#ifndef USER_TABLES_DISK_RATE_H
#define USER_TABLES_DISK_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RATE_WINDOW_NS = 10 * 1000 * 1000,
	RATE_WINDOWS = 1024, /* kept: the bytes of a request that took longer count for the newest of them */
	RATE_SPANS = 256,
};

struct rate_span {
	uint64_t from_ns, to_ns;
};

struct disk_rate {
	double windows[RATE_WINDOWS]; /* bytes, by the window's number modulo RATE_WINDOWS */
	uint64_t newest;              /* the number of the last window */
	double best;                  /* bytes of the best window that is no longer kept */
	uint64_t bytes;
	struct rate_span
		spans[RATE_SPANS]; /* when there were requests, in ascending order, apart from each other */
	uint32_t spans_used;
	uint64_t busy_ns; /* of spans that are no longer kept */
	bool any;
};

/* Takes bytes that a device moved evenly in that time. They come in the order in which they end. */
void disk_rate_add(struct disk_rate *rate, uint64_t from_ns, uint64_t to_ns, uint64_t bytes);

/* Time with requests under way. */
uint64_t disk_rate_busy(const struct disk_rate *rate);

/* Bytes a second in that time. False: there was none. */
bool disk_rate_mean(const struct disk_rate *rate, uint64_t *bytes);

/* Bytes a second in the best window of RATE_WINDOW_NS. False: there was not so much time with requests. */
bool disk_rate_best(const struct disk_rate *rate, uint64_t *bytes);

#endif
