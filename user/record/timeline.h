/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merges the records of several rings by time. Each ring is nearly in order (a program can be preempted
 * between reserving a record and stamping it), and nothing older than the last time when a ring was read
 * empty can still come from it: so records wait here only until every ring has been read up to their time.
 * A CPU has two rings: one for its plain system calls, one for everything else.
 */
#ifndef USER_RECORD_TIMELINE_H
#define USER_RECORD_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct timeline;

enum timeline_stream { TIMELINE_OTHERS, TIMELINE_CALLS, TIMELINE_STREAMS };

/* Which of its CPU's two rings a record is from. */
static inline enum timeline_stream timeline_stream_of(const struct event_header *record)
{
	const struct event_syscall *call = (const void *)record;
	bool plain = record->kind == EVENT_SYSCALL && record->size >= sizeof(*call) && !call->more;
	return plain ? TIMELINE_CALLS : TIMELINE_OTHERS;
}

/* Gets one record; times never go back. A result other than 0 ends the release, which returns it. */
typedef int (*timeline_take)(void *ctx, const struct event_header *record, unsigned cpu);

struct timeline *timeline_new(unsigned cpus); /* NULL: out of memory */
void timeline_free(struct timeline *timeline);

/* Copies a record into the queue of its ring. 0 or -ENOMEM. */
int timeline_add(struct timeline *timeline, unsigned cpu, enum timeline_stream stream,
	const struct event_header *record);

/* A CPU's ring of calls. Its records are in order and are used where they are, without a copy. */
struct timeline_ring {
	const struct call_slot *slots;
	uint64_t count; /* a power of two */
	__u64 *read;    /* set to the position up to which slots may be reused */
};

/* Adds the slots up to position `written`. If more than half of the ring still waits from earlier calls,
 * these slots are copied, so that the ring has room. Returns the number of new slots, or -ENOMEM. */
long timeline_lend(
	struct timeline *timeline, unsigned cpu, const struct timeline_ring *ring, uint64_t written);

/* Passes on, in order, every record that is not newer than until_ns. 0, -ENOMEM or what `take` returned. */
int timeline_release(struct timeline *timeline, uint64_t until_ns, timeline_take take, void *ctx);

/* Bytes of the waiting copies. */
size_t timeline_waiting(const struct timeline *timeline);

#endif
