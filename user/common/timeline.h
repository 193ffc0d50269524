/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts the records of several rings into one order of time. Each ring is nearly in order (a program can be
 * preempted between reserving and stamping), and what may still come from a ring is bounded by when it was
 * last read empty: so records wait here only until every ring has been read up to their time. A CPU has two:
 * one of its plain calls, one of all else.
 */
#ifndef COMMON_TIMELINE_H
#define COMMON_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "../../bpf/events.h"

struct timeline;

enum timeline_stream { TIMELINE_OTHERS, TIMELINE_CALLS, TIMELINE_STREAMS };

/* Takes one record, with times that never go back; not 0 ends the release and is returned from it. */
typedef int (*timeline_take)(void *ctx, const struct event_header *record, unsigned cpu);

struct timeline *timeline_new(unsigned cpus); /* NULL: out of memory */
void timeline_free(struct timeline *timeline);

/* Copies a record. 0, or -ENOMEM. */
int timeline_add(struct timeline *timeline, unsigned cpu, enum timeline_stream stream,
	const struct event_header *record);

/* Hands out, in order, what is not newer than until_ns. */
int timeline_release(struct timeline *timeline, uint64_t until_ns, timeline_take take, void *ctx);

/* Bytes that wait. */
size_t timeline_waiting(const struct timeline *timeline);

#endif
