/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of trace.h share. */
#ifndef USER_BUNDLETRACE_TRACE_INSIDE_H
#define USER_BUNDLETRACE_TRACE_INSIDE_H

#include <signal.h>
#include <sys/epoll.h>

#include "binaries.h"
#include "command.h"
#include "user/kernel/kernel.h"
#include "late_attach.h"
#include "trace_governor.h"
#include "notes.h"
#include "output.h"
#include "progress.h"
#include "user/unwind/stacker.h"

struct trace {
	const struct options *options;
	struct kernel *kernel;
	struct output *output;
	struct command command;
	char *path; /* of the command */
	sigset_t old_mask;
	int signals; /* signalfd */
	int epoll;
	int signal;           /* that asked for the end; 0: none */
	unsigned asked;       /* how often */
	bool stalled;         /* the output took nothing for a while */
	bool dump_asked;      /* SIGUSR1 asked the flight recorder to write */
	uint64_t deadline_ms; /* after which the trace ends even if the command does not; 0: none */
	struct progress progress;
	struct binaries binaries;
	struct late_attach *late_attach;
	struct stacker *stacker; /* NULL: nobody asks for stacks */
	struct run_start start;
	struct run_result result;
	struct call_count calls[SYSCALL_MAX];
	unsigned uncounted; /* running processes whose live counters could not be read at the end */
	struct notes notes;
	struct trace_governor governor; /* --max-overhead */
	const char
		*all_notes[STEP_NOTES + 1 + NOTES_MAX + 1]; /* its steps, `notes`, and the NULL behind them */
	uint64_t choose_ns;                                 /* when to look again who is chosen */
};

static inline bool trace_has_command(const struct trace *trace)
{
	return trace->options->command != NULL;
}

/* --- trace_prepare.c --- */

/* Loads and attaches while the command waits. 0, or reported and -errno. */
int trace_prepare(struct trace *trace);

/* The main loop is woken by this descriptor too. 0 or -errno. */
int trace_watch(struct trace *trace, int fd);

/* A process that runs is traced from now on: what its library has counted so far is its baseline. */
void trace_begin_count(void *ctx, pid_t pid);

#endif
