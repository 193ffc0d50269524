/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a run, which the files trace*.c share, and what they offer each other. */
#ifndef USER_BUNDLETRACE_TRACE_INSIDE_H
#define USER_BUNDLETRACE_TRACE_INSIDE_H

#include <signal.h>
#include <sys/epoll.h>

#include "binaries.h"
#include "command.h"
#include "user/base/clock.h"
#include "user/kernel/kernel.h"
#include "user/kernel/memory_limit.h"
#include "late_attach.h"
#include "trace_governor.h"
#include "run_notes.h"
#include "output.h"
#include "user/event/file_facts.h"
#include "progress.h"
#include "user/unwind/stack_resolver.h"

struct trace {
	const struct options *options;
	struct kernel *kernel;
	struct output *output;
	struct command command;
	char *path; /* of the command */
	sigset_t old_mask;
	int signals;          /* signalfd */
	int epoll;            /* wakes the main loop */
	int signal;           /* the last signal that asked for the end; 0: none */
	unsigned asked;       /* number of such signals */
	bool stalled;         /* the output's reader was found to have stalled */
	bool dump_asked;      /* SIGUSR1 asked the flight recorder to write */
	uint64_t deadline_ms; /* when the trace ends even if the command does not; 0: never */
	struct progress progress;
	struct binaries binaries;
	struct late_attach *late_attach;
	struct stack_resolver *stack_resolver; /* NULL: no stacks are wanted */
	struct select_decided decided;
	struct run_start start;
	struct file_facts facts;              /* that `start` points to */
	struct call_count calls[SYSCALL_MAX]; /* as of the last kernel_counts() */
	struct run_notes notes;
	struct trace_governor governor; /* --max-overhead */
	/* what a result points to: the notes of `governor`, then `notes`, then NULL */
	const char *all_notes[STEP_NOTES + 1 + RUN_NOTES_MAX + 1];
	uint64_t choose_ns;         /* time of the next scan for processes that match by now */
	struct memory_limit memory; /* of the command, or of the first process that was named */
	uint64_t memory_ns;         /* time of the next look at it */
};

static inline bool trace_has_command(const struct trace *trace)
{
	return trace->options->command != NULL;
}

/* --- trace_prepare.c --- */

/* Loads and attaches while the command waits. 0, or reported and -errno. */
int trace_prepare(struct trace *trace);

/* Adds a descriptor that wakes the main loop. 0 or -errno. */
int trace_watch(struct trace *trace, int fd);

/* For a process that was running before it was traced: takes what its library has counted so far as the
 * baseline to subtract at the end. `ctx` is the struct trace. */
void trace_begin_count(void *ctx, pid_t pid);

/* --- trace_signals.c --- */

/* Blocks the signals that end a trace, and opens trace->signals for them. 0 or -errno. */
int trace_open_signals(struct trace *trace);

/* Handles each signal that has come: the first asks the command to end and sets the deadline, the second ends
 * the trace. */
void trace_take_signals(struct trace *trace);

bool trace_past_deadline(const struct trace *trace);

/* Waits until the command has ended, or a signal has set a deadline that passes. */
void trace_wait_command(struct trace *trace);

/* --- trace_result.c --- */

/* Fills in what the kernel side has counted so far. A failure is reported. */
void trace_result_counts(struct trace *trace, struct run_result *result);

/* Fills in the notes, which stay valid until the next call. */
void trace_result_notes(struct trace *trace, struct run_result *result);

/* The result at the end of the trace, after the last event; reports notes and lost events. `uncounted`: the
 * number of processes whose live counters could not be read. */
void trace_result_end(struct trace *trace, struct run_result *result, unsigned uncounted);

/* --- trace_loop.c --- */

/* Runs until the traced processes have ended, or a signal or the deadline ends the trace. 0 or -errno. */
int trace_loop(struct trace *trace);

/* Outputs the events that the kernel side holds: those old enough to be in order or, with `all`, every one.
 * Returns the number of records or -errno. */
int trace_drain(struct trace *trace, bool all);

/* Begins to count for processes whose probes the attaching thread has added since the last call. */
void trace_count_late(struct trace *trace);

#endif
