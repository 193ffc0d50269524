/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/signals.h"
#include "user/base/clock.h"
#include "user/base/report.h"
#include "user/kernel/call_times.h"
#include "user/kernel/kernel_counts.h"
#include "counter_events.h"
#include "targets.h"
#include "trace_inside.h"

/* How long to wait before the rings are looked at again, by how many records the last look brought. */
#define FLOOD_RECORDS 16384 /* not at all: what is fresh is still in the processor's caches */
#define STORM_RECORDS 2000
#define TICK_STORM_MS 1
#define TICK_BUSY_MS  10         /* events come */
#define TICK_IDLE_MS  100        /* none come */
#define RELEASED_NS   1000000000 /* records are not longer on their way */
#define STALLED_MS    1000       /* after which it is said that the output takes nothing */
#define GRACE_MS      1000       /* what a command gets to end in after Ctrl-C, still traced */
#define CHOOSE_NS     1000000000 /* how often it is looked for processes that match by now */
#define SETTLE_US     2000       /* a program that ran when the trace was stopped has ended after this */

/* SIGUSR1 makes the flight recorder write. */
static int take_signals(struct trace *trace)
{
	trace->signals = signals_open(trace->options->flight_bytes ? SIGUSR1 : 0, &trace->old_mask);
	return trace->signals < 0 ? trace->signals : 0;
}

/* What the reader has to know, from the first to the last. */
static void fill_notes(struct trace *trace, struct run_result *result)
{
	unsigned count = 0;
	for (unsigned i = 0; i <= STEP_NOTES && trace->governor.notes[i]; i++)
		trace->all_notes[count++] = trace->governor.notes[i];
	for (unsigned i = 0; i < trace->notes.count; i++)
		trace->all_notes[count++] = trace->notes.list[i];
	trace->all_notes[count] = NULL;
	result->notes = count ? trace->all_notes : NULL;
}

/* The flight recorder writes, and goes on. */
static int dump(struct trace *trace)
{
	struct run_result result = { .durations = options_timed(trace->options) };
	int err = kernel_counts(trace->kernel, trace->calls, result.lost);
	if (err)
		report("cannot read the counts of the kernel side: %s", strerror(-err));
	result.calls = filter_any_call(&trace->options->filter) ? trace->calls : NULL;
	trace->dump_asked = false;
	fill_notes(trace, &result);
	progress_clear(&trace->progress);
	return output_dump(trace->output, &result);
}

static int on_record(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct trace *trace = ctx;
	if (record->kind == EVENT_EXEC && kernel_only_executed(trace->kernel))
		notes_add(&trace->notes,
			"the process executed a program, whose probes could not be attached: its cache events are missing");
	/* it may not have been chosen when its program was mapped */
	if (record->kind == EVENT_EXEC && trace->options->whom.by && trace->late_attach)
		late_attach_scan(trace->late_attach, (pid_t)record->pid, record->time_ns);
	int err = output_record(trace->output, record, cpu);
	return err == OUTPUT_DUE ? dump(trace) : err;
}

static int on_record_with_stack(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct trace *trace = ctx;
	return stacker_take(trace->stacker, record, cpu, on_record, trace);
}

static int drain(struct trace *trace, bool all)
{
	return rings_drain(
		kernel_rings(trace->kernel), all, trace->stacker ? on_record_with_stack : on_record, trace);
}

/* The first signal asks the command to end and gives it time; the second ends the trace. */
static void on_signal(struct trace *trace)
{
	struct signalfd_siginfo info;
	while (signals_take(trace->signals, &info)) {
		if (info.ssi_signo == SIGUSR1) {
			trace->dump_asked = true;
			continue;
		}
		bool now = trace->signal != 0 || !trace_has_command(trace);
		trace->signal = (int)info.ssi_signo;
		trace->asked++;
		trace->deadline_ms = clock_monotonic_ms() + (now ? 0 : GRACE_MS);
		/* the terminal signals both; kill(1) only us */
		if (info.ssi_code <= 0 && trace_has_command(trace) && !trace->command.reaped)
			kill(trace->command.pid, trace->signal);
	}
}

/* Said on standard error where that is not what takes nothing. */
static bool enough(void *ctx, unsigned stalled_ms)
{
	struct trace *trace = ctx;
	on_signal(trace);
	if (stalled_ms >= STALLED_MS && !trace->stalled && options_write_elsewhere(trace->options)) {
		progress_clear(&trace->progress);
		report("nobody reads the output: events are lost once the rings are full");
	}
	trace->stalled |= stalled_ms >= STALLED_MS;
	return out_asked_enough(trace->asked, stalled_ms);
}

static bool past_deadline(const struct trace *trace)
{
	return trace->deadline_ms && clock_monotonic_ms() >= trace->deadline_ms;
}

static bool over(struct trace *trace)
{
	if (past_deadline(trace) || output_full(trace->output))
		return true;
	/* of the whole machine, others may come */
	return !options_everyone(trace->options) &&
	       (!trace_has_command(trace) || command_reap(&trace->command)) &&
	       kernel_tasks_alive(trace->kernel) == 0;
}

static int next_look_ms(const struct trace *trace, int records)
{
	if (records >= FLOOD_RECORDS)
		return 0;
	if (records >= STORM_RECORDS)
		return TICK_STORM_MS;
	return records > 0 || trace->deadline_ms ? TICK_BUSY_MS : TICK_IDLE_MS;
}

/* Of processes whose library could not be told from their first events the counters are known from here on. */
static void count_late(struct trace *trace)
{
	pid_t pid;
	while (trace->late_attach && (pid = late_attach_next(trace->late_attach)) > 0)
		if (kernel_reads_counters(trace->kernel))
			counter_events_begin(trace->kernel, trace->output, pid, false);
}

/* With -c the kernel side counts the calls, and they are all that there is to tell. */
static void show_progress(struct trace *trace, uint64_t now_ns)
{
	const struct options *options = trace->options;
	struct run_result counted = { 0 };
	uint64_t events = output_events(trace->output);
	if (kernel_counts(trace->kernel, trace->calls, counted.lost))
		return;
	for (unsigned nr = 0; !options_emit_calls(options) && nr < SYSCALL_MAX; nr++)
		events += trace->calls[nr].calls;
	progress_show(&trace->progress, now_ns, events, run_lost(&counted), output_bytes(trace->output));
}

/* Who is traced by what may change, such as the user, is looked for again. Those that are found have run
 * before. */
static void choose_again(struct trace *trace, uint64_t now_ns)
{
	if (!trace->options->whom.by || now_ns < trace->choose_ns)
		return;
	trace->choose_ns = now_ns + CHOOSE_NS;
	if (kernel_rescan(trace->kernel) <= 0)
		return;
	if (trace->late_attach)
		late_attach_scan(trace->late_attach, 0, 0);
	if (kernel_reads_counters(trace->kernel))
		kernel_each_traced(trace->kernel, trace_begin_count, trace);
}

/* A step is said where the output is read, and on standard error if that is elsewhere. 0 or -errno. */
static int bound_overhead(struct trace *trace, uint64_t now_ns)
{
	const char *note = trace_governor_tick(&trace->governor, now_ns);
	if (!note)
		return 0;
	progress_clear(&trace->progress);
	if (options_write_elsewhere(trace->options))
		report("%s", note);
	return output_note(trace->output, note);
}

/* Until the traced processes have ended, or a signal ends the trace. 0 or -errno. */
static int follow_events(struct trace *trace)
{
	struct epoll_event ready[4];
	int timeout = TICK_BUSY_MS;
	progress_start(&trace->progress, trace->options, clock_monotonic_ns());
	while (!over(trace)) {
		int count = epoll_wait(trace->epoll, ready, 4, timeout);
		for (int i = 0; i < count; i++)
			if (ready[i].data.fd == trace->signals)
				on_signal(trace);
			else if (ready[i].data.fd == trace->command.pidfd && command_reap(&trace->command))
				epoll_ctl(trace->epoll, EPOLL_CTL_DEL, trace->command.pidfd, NULL);
		count_late(trace);
		if (trace->stacker)
			stacker_look(trace->stacker, clock_monotonic_ns() - RELEASED_NS);
		int got = drain(trace, false);
		int err = got < 0               ? got
			  : trace->dump_asked   ? dump(trace)
			  : got < STORM_RECORDS ? output_flush(trace->output)
						: 0;
		if (err)
			return err;
		timeout = next_look_ms(trace, got);
		uint64_t now_ns = clock_monotonic_ns();
		choose_again(trace, now_ns);
		err = bound_overhead(trace, now_ns);
		if (err)
			return err;
		if (progress_due(&trace->progress, now_ns))
			show_progress(trace, now_ns);
	}
	return 0;
}

/* Takes in the rest. Detaching takes the kernel a second, so it comes after the output. */
static int last_events(struct trace *trace)
{
	kernel_stop(trace->kernel);
	int err = kernel_emit_unfinished(trace->kernel);
	if (err)
		report("cannot look for calls that have not returned: %s", strerror(-err));
	usleep(SETTLE_US);
	int got = drain(trace, true);
	if (got >= 0 && kernel_reads_counters(trace->kernel))
		trace->uncounted = counter_events_end(trace->kernel, trace->output);
	return got < 0 ? got : 0;
}

/* Stacks that were too many are missing in what was shown. */
static void note_dropped(struct trace *trace)
{
	uint64_t dropped = trace->stacker ? stacker_dropped(trace->stacker) : 0;
	if (dropped)
		notes_add(&trace->notes,
			"the lines of %llu events are missing: they have too many different stacks",
			(unsigned long long)dropped);
}

static void add_notes(struct trace *trace)
{
	notes_take(&trace->notes, trace->options, trace->kernel, &trace->binaries, trace->path);
	note_dropped(trace);
}

static void fill_result(struct trace *trace)
{
	struct run_result *result = &trace->result;
	int err = kernel_counts(trace->kernel, trace->calls, result->lost);
	if (err)
		report("cannot read the counts of the kernel side: %s", strerror(-err));
	if (options_spread_calls(trace->options) &&
		(err = call_times_take(trace->kernel, trace->calls, output_stats(trace->output))))
		report("cannot read how long calls took: %s", strerror(-err));
	result->lost[EVENT_MODEL][LOST_STATE] += trace->uncounted;
	/* after the last of --max-events, the end is not part of the trace, whether it has come or not */
	result->ended =
		trace_has_command(trace) && command_reap(&trace->command) && !output_full(trace->output);
	result->status = trace->command.status;
	result->durations = options_timed(trace->options);
	result->calls = filter_any_call(&trace->options->filter) ? trace->calls : NULL;
	add_notes(trace);
	fill_notes(trace, result);
	uint64_t lost = run_lost(result);
	if (lost)
		report("%llu events were lost: %s", (unsigned long long)lost,
			"the output was slower than the events (a larger --buffer, fewer events with -e, -c or -o FILE help)");
}

/* Until the command has ended, or a signal has asked it to and it does not. */
static void wait_untraced(struct trace *trace)
{
	while (!command_reap(&trace->command) && !past_deadline(trace)) {
		struct epoll_event ready;
		if (epoll_wait(trace->epoll, &ready, 1, TICK_IDLE_MS) > 0 && ready.data.fd == trace->signals)
			on_signal(trace);
	}
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

/* The output cannot take any more: the command goes on without us. */
static int on_output_error(struct trace *trace, int err)
{
	kernel_detach(trace->kernel);
	if (err == -ECANCELED) {
		report(OUT_UNREAD);
		if (trace_has_command(trace))
			wait_untraced(trace);
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
	wait_untraced(trace);
	return err == -EPIPE ? run_exit_code(trace->command.status) : EXIT_FAILURE;
}

/* All of --max-events came. The output is whole; the command goes on to its end. */
static void on_full(struct trace *trace)
{
	output_close(trace->output);
	trace->output = NULL;
	if (!trace_has_command(trace) || trace->signal)
		return;
	kernel_detach(trace->kernel);
	trace->deadline_ms = 0;
	wait_untraced(trace);
}

/* Everything is attached: from here to the end. */
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
	output_set_wait(trace->output, &(struct out_wait){ enough, trace, trace->signals });
	int err = follow_events(trace);
	late_attach_stop(trace->late_attach);
	count_late(trace);
	progress_clear(&trace->progress);
	if (!err)
		err = last_events(trace);
	if (!err) {
		fill_result(trace);
		err = output_finish(trace->output, &trace->result);
	}
	if (err)
		return on_output_error(trace, err);
	if (output_full(trace->output))
		on_full(trace);
	return exit_code(trace);
}

static void trace_free(struct trace *trace)
{
	late_attach_close(trace->late_attach);
	stacker_free(trace->stacker);
	command_close(&trace->command);
	output_close(trace->output);
	kernel_free(trace->kernel);
	if (trace->epoll >= 0)
		close(trace->epoll);
	if (trace->signals >= 0)
		close(trace->signals);
	free(trace->binaries.late.path);
	notes_free(&trace->notes);
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

int trace_run(const struct options *options)
{
	int code = EXIT_FAILURE;
	struct trace *trace = calloc(1, sizeof(*trace));
	if (!trace)
		return EXIT_FAILURE;
	trace->options = options;
	trace->signals = -1;
	trace->command = (struct command){ .pid = -1, .pidfd = -1, .go = -1, .failed = -1 };
	trace->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (trace_has_command(trace))
		trace->path = command_find(options->command[0], &code);
	if ((trace_has_command(trace) ? trace->path != NULL : targets_run(options)) && trace->epoll >= 0 &&
		take_signals(trace) == 0 && trace_watch(trace, trace->signals) == 0 &&
		(!trace_has_command(trace) || fork_command(trace) == 0) && trace_prepare(trace) == 0)
		code = run(trace);
	trace_free(trace);
	return code;
}
