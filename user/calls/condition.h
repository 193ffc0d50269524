/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The --when option: what makes a flight recorder write.
 *
 *   EVENT         a cache event (open hit miss load evict prefetch error close policy), a reload, or a system call
 *   EVENT>TIME    a load or a system call that took longer: load>100ms, read>1.5ms; ns, us, ms or s
 *
 * open and close are the cache's without a time, and the system calls with one.
 */
#ifndef USER_CALLS_CONDITION_H
#define USER_CALLS_CONDITION_H

#include "filter.h"
#include "user/event/event.h"

struct condition {
	const char *spec; /* the argument */
	uint16_t kind;    /* enum event_kind */
	uint16_t nr;      /* of EVENT_SYSCALL */
	bool reload;      /* only misses that are reloads */
	bool timed;
	uint64_t over_ns; /* if timed */
};

/* Parses one --when argument, which `condition` keeps a pointer to. False if something is wrong with it: `error`
 * then says what, printable and without a newline. */
bool condition_parse(struct condition *condition, const char *spec, struct text *error);

/* True if the filter lets the events pass that the condition needs. */
bool condition_observable(const struct condition *condition, const struct filter *filter);

/* True if the event fulfils the condition. `reload`: the event is a reload. */
bool condition_holds(const struct condition *condition, const struct event *ev, bool reload);

#endif
