/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts the records of several rings into one order of time. Each ring is nearly in order (a program can be
 * preempted between reserving and stamping), and what may still come from a ring is bounded by when it was
 * last read empty: so records wait here only until every ring has been read up to their time. A CPU has two:
 * one of its plain calls, one of all else.
 */
#ifndef USER_RECORD_TIMELINE_H
#define USER_RECORD_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct timeline;

enum timeline_stream { TIMELINE_OTHERS, TIMELINE_CALLS, TIMELINE_STREAMS };

/* Which of its CPU's rings a record is from, where there are two. */
static inline enum timeline_stream timeline_stream_of(const struct event_header *record)
{
	const struct event_syscall *call = (const void *)record;
	bool plain = record->kind == EVENT_SYSCALL && record->size >= sizeof(*call) && !call->more;
	return plain ? TIMELINE_CALLS : TIMELINE_OTHERS;
}

/* Takes one record, with times that never go back; not 0 ends the release and is returned from it. */
typedef int (*timeline_take)(void *ctx, const struct event_header *record, unsigned cpu);

struct timeline *timeline_new(unsigned cpus); /* NULL: out of memory */
void timeline_free(struct timeline *timeline);

/* Copies a record. 0, or -ENOMEM. */
int timeline_add(struct timeline *timeline, unsigned cpu, enum timeline_stream stream,
	const struct event_header *record);

/* A CPU's ring of calls: its records are in order, and are read where they stand. */
struct timeline_ring {
	const struct call_slot *slots;
	uint64_t count; /* a power of two */
	__u64 *read;    /* told how far they are not needed any more */
};

/* The slots up to position `written` can be read. Where those of the call before are still many, they are
 * copied, so that the ring has room. Returns how many are new, or -ENOMEM. */
long timeline_lend(
	struct timeline *timeline, unsigned cpu, const struct timeline_ring *ring, uint64_t written);

/* Hands out, in order, what is not newer than until_ns. */
int timeline_release(struct timeline *timeline, uint64_t until_ns, timeline_take take, void *ctx);

/* Bytes of the copies that wait. */
size_t timeline_waiting(const struct timeline *timeline);

#endif
