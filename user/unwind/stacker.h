/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage between the rings and the output where the copied pieces of user stacks become numbers: a stack
 * is unwound, its frames are given their lines, and what is new of that is told, once, by records of its own
 * (EVENT_FRAME, EVENT_STACK). The event that the stack belongs to then has its number.
 */
#ifndef USER_UNWIND_STACKER_H
#define USER_UNWIND_STACKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "user/record/timeline.h"

struct stacker;

struct stacker_options {
	bool all;        /* all frames, and not only those up to the program's own */
	bool debuginfod; /* debug information may be fetched */
	pid_t command;   /* the process that waits to execute it; 0: other processes are traced too */
};

/* From here on what processes map is seen. NULL: errno. */
struct stacker *stacker_new(const struct stacker_options *options);
void stacker_free(struct stacker *stacker);

/* Becomes readable when stacker_look() is to be called, with a time that no record to come is older than. */
int stacker_fd(const struct stacker *stacker);
void stacker_look(struct stacker *stacker, uint64_t before_ns);

/* Takes a record of the timeline, in order, and hands out what becomes of it. 0, or what `take` returned if
 * not 0, or -ENOMEM. */
int stacker_take(struct stacker *stacker, const struct event_header *record, unsigned cpu, timeline_take take,
	void *ctx);

/* Stacks that were not kept, since there were too many different ones. */
uint64_t stacker_dropped(const struct stacker *stacker);

#endif
