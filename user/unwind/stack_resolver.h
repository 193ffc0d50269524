/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage between the rings and the output that turns copied user stacks into numbers: it unwinds a stack,
 * finds the source lines of its frames, and emits a record for each new frame and stack (EVENT_FRAME,
 * EVENT_STACK). The event that the stack belongs to then carries the number of the stack.
 */
#ifndef USER_UNWIND_STACK_RESOLVER_H
#define USER_UNWIND_STACK_RESOLVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "user/record/timeline.h"

struct stack_resolver;

struct stack_resolver_options {
	bool all;        /* every frame; false: those up to the first of the program's own */
	bool debuginfod; /* fetch missing debug information */
	pid_t command;   /* the process that waits to execute the command; 0: any process may be traced */
};

/* Starts to record what processes map. NULL: errno. */
struct stack_resolver *stack_resolver_new(const struct stack_resolver_options *options);
void stack_resolver_free(struct stack_resolver *resolver);

/* Becomes readable when stack_resolver_advance() has to be called, with a time that no later record is older
 * than. */
int stack_resolver_fd(const struct stack_resolver *resolver);
void stack_resolver_advance(struct stack_resolver *resolver, uint64_t before_ns);

/* Takes a record of the timeline, in order, and passes it to `take` after the new frames and stacks it refers
 * to; a record of a copied stack itself is not passed on. 0, -ENOMEM, or what `take` returned if not 0. */
int stack_resolver_take(struct stack_resolver *resolver, const struct event_header *record, unsigned cpu,
	timeline_take take, void *ctx);

/* True if stacks ended, for want of copied memory, before the program's own code. */
bool stack_resolver_needs_more(const struct stack_resolver *resolver);

/* True if there were stacks of CPython, and nothing named the Python functions in them. */
bool stack_resolver_python_unnamed(const struct stack_resolver *resolver);

/* The number of stacks that were dropped, since there are too many different ones. */
uint64_t stack_resolver_dropped(const struct stack_resolver *resolver);

#endif
