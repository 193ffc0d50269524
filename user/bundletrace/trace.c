/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "counter_events.h"
#include "traced_processes.h"
#include "trace_inside.h"

#define SETTLE_US 2000 /* a BPF program that was running when the trace was stopped has ended after this */

/* Outputs the rest of the events. The probes stay attached: detaching takes the kernel a second, so it comes
 * after the output. *uncounted: the number of processes whose live counters could not be read. 0 or
 * -errno. */
static int last_events(struct trace *trace, unsigned *uncounted)
{
	kernel_stop(trace->kernel);
	usleep(SETTLE_US);
	int err = kernel_emit_unfinished(trace->kernel);
	if (err)
		report("cannot look for calls that have not returned: %s", strerror(-err));
	int got = trace_drain(trace, true);
	if (got >= 0 && kernel_reads_counters(trace->kernel))
		*uncounted = counter_events_end(trace->kernel, trace->output);
	return got < 0 ? got : 0;
}

static int exit_code(const struct trace *trace)
{
	if (!trace_has_command(trace))
		return EXIT_SUCCESS;
	if (trace->command.reaped)
		return run_exit_code(trace->command.status);
	report("process %d still runs, untraced from here on", trace->command.pid);
	return trace->signal ? 128 + trace->signal : EXIT_SUCCESS;
}

/* The output takes no more: the command goes on untraced. Returns the exit status. */
static int on_output_error(struct trace *trace, int err)
{
	kernel_detach(trace->kernel);
	if (err == -ECANCELED) {
		report(OUT_UNREAD);
		if (trace_has_command(trace))
			trace_wait_command(trace);
		exit_code(trace);
		return EXIT_FAILURE;
	}
	if (err != -EPIPE)
		report("%s: %s (the trace ends here, the command goes on)",
			trace->options->output ? printable(trace->options->output) : "output",
			strerror(-err));
	if (!trace_has_command(trace))
		return err == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
	trace->deadline_ms = 0;
	trace_wait_command(trace);
	return err == -EPIPE ? run_exit_code(trace->command.status) : EXIT_FAILURE;
}

/* --max-events have come. The output is complete; the command goes on to its end. */
static void on_full(struct trace *trace)
{
	output_close(trace->output);
	trace->output = NULL;
	if (!trace_has_command(trace) || trace->signal)
		return;
	kernel_detach(trace->kernel);
	trace->deadline_ms = 0;
	trace_wait_command(trace);
}

/* From the first event to the last, and what comes at the end of the output. 0 or -errno. */
static int trace_events(struct trace *trace)
{
	struct run_result result = { 0 };
	unsigned uncounted = 0;
	int err = trace_loop(trace);
	late_attach_stop(trace->late_attach);
	trace_count_late(trace);
	progress_clear(&trace->progress);
	if (!err)
		err = last_events(trace, &uncounted);
	if (err)
		return err;
	trace_result_end(trace, &result, uncounted);
	return output_finish(trace->output, &result);
}

/* Everything is attached: from here to the end. Returns the exit status. */
static int run(struct trace *trace)
{
	int code = trace_has_command(trace) ? command_go(&trace->command, trace->path) : 0;
	if (code) {
		while (!command_reap(&trace->command))
			usleep(1000);
		return code;
	}
	if (trace->options->seconds > 0)
		trace->deadline_ms = clock_monotonic_ms() + (uint64_t)(trace->options->seconds * 1000);
	int err = trace_events(trace);
	if (err)
		return on_output_error(trace, err);
	if (output_full(trace->output))
		on_full(trace);
	return exit_code(trace);
}

static void trace_free(struct trace *trace)
{
	late_attach_close(trace->late_attach);
	stack_resolver_free(trace->stack_resolver);
	command_close(&trace->command);
	output_close(trace->output);
	kernel_free(trace->kernel);
	if (trace->epoll >= 0)
		close(trace->epoll);
	if (trace->signals >= 0)
		close(trace->signals);
	free(trace->binaries.late.path);
	run_notes_free(&trace->notes);
	trace_governor_free(&trace->governor);
	free(trace->path);
	free(trace);
}

/* Forks the command, which waits. 0, or reported and -errno. */
static int fork_command(struct trace *trace)
{
	const struct options *options = trace->options;
	bool moved = options->format != FORMAT_TEXT && !options->output;
	int err = command_fork(&trace->command, trace->path, options->command, moved, &trace->old_mask);
	return err ? err : trace_watch(trace, trace->command.pidfd);
}

/* What has to be there before anything is traced. False: reported, or the command was not found (*code). */
static bool begin(struct trace *trace, int *code)
{
	bool command = trace_has_command(trace);
	trace->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (command)
		trace->path = command_find(trace->options->command[0], code);
	return (command ? trace->path != NULL : traced_processes_exist(trace->options)) &&
	       trace->epoll >= 0 && trace_open_signals(trace) == 0 &&
	       trace_watch(trace, trace->signals) == 0 && (!command || fork_command(trace) == 0);
}

int trace_run(const struct options *options)
{
	int code = EXIT_FAILURE;
	struct trace *trace = calloc(1, sizeof(*trace));
	if (!trace)
		return EXIT_FAILURE;
	trace->options = options;
	trace->signals = -1;
	trace->command = (struct command){ .pid = -1, .pidfd = -1, .go = -1, .failed = -1 };
	if (begin(trace, &code) && trace_prepare(trace) == 0)
		code = run(trace);
	trace_free(trace);
	return code;
}
