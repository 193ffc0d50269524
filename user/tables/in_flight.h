/* SPDX-License-Identifier: BSD-2-Clause */
/* How many requests were under way at once, at most. */
#ifndef USER_TABLES_IN_FLIGHT_H
#define USER_TABLES_IN_FLIGHT_H

#include <stdint.h>

/* The newest requests are kept: more than devices take at once. */
enum { FLIGHTS_KEPT = 1024 };

struct request_span {
	uint64_t from_ns, to_ns;
	uint32_t beside; /* requests under way when it began, with itself */
};

struct in_flight {
	struct request_span
		flights[FLIGHTS_KEPT]; /* the one before the oldest is at `used` modulo FLIGHTS_KEPT */
	uint64_t used;
	uint32_t most;
};

/* Takes a request. They come in the order in which they end. */
void in_flight_add(struct in_flight *all, uint64_t from_ns, uint64_t to_ns);

#endif
