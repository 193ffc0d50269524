/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of the events of a run: text lines, a JSON document, JSON lines. A sink gets every event in
 * time order, then the run's result, once, however the run ended. It writes through a struct out that the
 * caller owns, flushes when idle, and may share with the tables that follow.
 */
#ifndef USER_EVENT_SINK_H
#define USER_EVENT_SINK_H

#include <stddef.h>

#include "event.h"
#include "user/base/out.h"

struct file_facts;
struct file_table;
struct load_table;
struct phase_table;
struct stats;
struct summary;

/* Known when the run starts. */
struct run_start {
	const char *const *command; /* with its arguments, NULL at the end; NULL: attached to a running one */
	int64_t start_time_ns;      /* wall clock, nanoseconds since the epoch */
	int64_t clock_offset_ns;    /* an event's time_ns plus this is its wall clock time */
	const struct file_facts
		*facts; /* what is observed of files; NULL: not known, as in an older recording */
};

/* Known when it has ended. */
struct run_result {
	bool ended;                     /* the command's status is known */
	int status;                     /* as wait() gives it */
	bool durations;                 /* calls were timed: total_ns and max_ns of `calls` mean something */
	const struct call_count *calls; /* [SYSCALL_MAX], counted by the kernel side; NULL: not traced */
	uint64_t lost[EVENT_KINDS][LOST_CAUSES];
	uint64_t stacks_left_out; /* events that were shown without the stack that was asked for */
	uint64_t events;          /* events that the sinks got */
	const char *const *notes; /* "no probe in the target"; NULL at the end; or NULL */
	struct summary *summary;  /* of the cache events; the tables sort it */
	struct file_table *files; /* what was done to files; the tables sort it; NULL: not asked for */
	struct load_table *loads; /* of models and parts of files; the tables sort it; NULL: not asked for */
	struct phase_table *phases; /* those of maps of probes; NULL: not asked for */
	uint64_t memory_limit;      /* bytes that the traced processes may use; 0: not known */
	bool memory_grouped; /* that is the limit of a control group; false: the memory of the machine */
	const struct stats *stats; /* how long calls took, one by one; NULL: not asked for */
};

/* Calls return 0, or -errno from writing: again and again, once it has failed. finish() flushes too. */
struct sink {
	int (*event)(struct sink *sink, const struct event *ev);
	int (*finish)(struct sink *sink, const struct run_result *result);
	void (*free)(struct sink *sink);
};

/* 128 + signal, as a shell has it, for a command that a signal ended. */
int run_exit_code(int status);

/* Sum over kinds and causes. */
uint64_t run_lost(const struct run_result *result);

#endif
