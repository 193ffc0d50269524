/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts the records of several rings into one order of time. Each ring is nearly in order (a program can be
 * preempted between reserving and stamping), and what may still come from a ring is bounded by when it was
 * last read empty: so records wait here only until every ring has been read up to their time.
 */
#ifndef COMMON_TIMELINE_H
#define COMMON_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "../../bpf/events.h"

struct timeline;

/* Takes one record, with times that never go back; not 0 ends the release and is returned from it. */
typedef int (*timeline_take)(void *ctx, const struct event_header *record, unsigned ring);

struct timeline *timeline_new(unsigned rings); /* NULL: out of memory */
void timeline_free(struct timeline *timeline);

/* Copies a record of a ring. 0, or -ENOMEM. */
int timeline_add(struct timeline *timeline, unsigned ring, const struct event_header *record);

/* Hands out, in order, what is not newer than until_ns. */
int timeline_release(struct timeline *timeline, uint64_t until_ns, timeline_take take, void *ctx);

/* Bytes that wait. */
size_t timeline_waiting(const struct timeline *timeline);

#endif
