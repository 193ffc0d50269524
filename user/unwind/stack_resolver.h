/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage between the rings and the output where the copied pieces of user stacks become numbers: a stack
 * is unwound, its frames are given their lines, and what is new of that is told, once, by records of its own
 * (EVENT_FRAME, EVENT_STACK). The event that the stack belongs to then has its number.
 */
#ifndef USER_UNWIND_STACK_RESOLVER_H
#define USER_UNWIND_STACK_RESOLVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "user/record/timeline.h"

struct stack_resolver;

struct stack_resolver_options {
	bool all;        /* all frames, and not only those up to the program's own */
	bool debuginfod; /* debug information may be fetched */
	pid_t command;   /* the process that waits to execute it; 0: other processes are traced too */
};

/* From here on what processes map is seen. NULL: errno. */
struct stack_resolver *stack_resolver_new(const struct stack_resolver_options *options);
void stack_resolver_free(struct stack_resolver *resolver);

/* Becomes readable when stack_resolver_advance() is to be called, with a time that no record to come is older than. */
int stack_resolver_fd(const struct stack_resolver *resolver);
void stack_resolver_advance(struct stack_resolver *resolver, uint64_t before_ns);

/* Takes a record of the timeline, in order, and hands out what becomes of it. 0, or what `take` returned if
 * not 0, or -ENOMEM. */
int stack_resolver_take(struct stack_resolver *resolver, const struct event_header *record, unsigned cpu,
	timeline_take take, void *ctx);

/* Stacks that were not kept, since there were too many different ones. */
uint64_t stack_resolver_dropped(const struct stack_resolver *resolver);

#endif
