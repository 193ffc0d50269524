/* SPDX-License-Identifier: BSD-2-Clause */
#include "in_flight.h"

static void count(struct in_flight *all, struct request_span *flight)
{
	flight->beside++;
	if (flight->beside > all->most)
		all->most = flight->beside;
}

void in_flight_add(struct in_flight *all, uint64_t from_ns, uint64_t to_ns)
{
	struct request_span *added = &all->flights[all->used % FLIGHTS_KEPT];
	uint64_t kept = all->used < FLIGHTS_KEPT ? all->used : FLIGHTS_KEPT - 1;
	*added = (struct request_span){ from_ns, to_ns, 0 };
	count(all, added);
	for (uint64_t back = 1; back <= kept; back++) {
		struct request_span *before = &all->flights[(all->used - back) % FLIGHTS_KEPT];
		if (before->to_ns <= from_ns)
			break;
		count(all, before->from_ns <= from_ns ? added : before);
	}
	all->used++;
}
