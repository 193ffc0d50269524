/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../common/report.h"
#include "arguments.h"
#include "binaries.h"
#include "call_times.h"
#include "command.h"
#include "kernel.h"
#include "latecomers.h"
#include "limit.h"
#include "live_counts.h"
#include "notes.h"
#include "output.h"
#include "preflight.h"
#include "progress.h"
#include "stacker.h"
#include "targets.h"

/* How long to wait before the rings are looked at again, by how many records the last look brought. */
#define FLOOD_RECORDS 16384 /* not at all: what is fresh is still in the processor's caches */
#define STORM_RECORDS 2000
#define TICK_STORM_MS 1
#define READER_NICE   -10
#define TICK_BUSY_MS  10         /* events come */
#define TICK_IDLE_MS  100        /* none come */
#define RELEASED_NS   1000000000 /* records are not longer on their way */
#define GRACE_MS      1000       /* what a command gets to end in after Ctrl-C, still traced */
#define CHOOSE_NS     1000000000 /* how often it is looked for processes that match by now */
#define SETTLE_US     2000       /* a program that ran when the trace was stopped has ended after this */

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
	bool dump_asked;      /* SIGUSR1 asked the flight recorder to write */
	uint64_t deadline_ms; /* after which the trace ends even if the command does not; 0: none */
	struct progress progress;
	struct binaries binaries;
	struct latecomers *latecomers;
	struct stacker *stacker; /* NULL: nobody asks for stacks */
	struct run_start start;
	struct run_result result;
	struct call_count calls[SYSCALL_MAX];
	unsigned uncounted; /* running processes whose live counters could not be read at the end */
	struct notes notes;
	struct limit limit; /* --max-overhead */
	const char *
		all_notes[LIMIT_NOTES + 1 + NOTES_MAX + 1]; /* its steps, `notes`, and the NULL behind them */
	uint64_t choose_ns;                                 /* when to look again who is chosen */
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int watch(struct trace *trace, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	return epoll_ctl(trace->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Signals are read, not handled: what has to be printed is printed in one place. */
static int take_signals(struct trace *trace)
{
	sigset_t mask;
	sigemptyset(&mask);
	if (trace->options->flight_bytes)
		sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGQUIT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, &trace->old_mask))
		return -errno;
	trace->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return trace->signals < 0 ? -errno : 0;
}

/* What the reader has to know, from the first to the last. */
static void fill_notes(struct trace *trace, struct run_result *result)
{
	unsigned count = 0;
	for (unsigned i = 0; i <= LIMIT_NOTES && trace->limit.notes[i]; i++)
		trace->all_notes[count++] = trace->limit.notes[i];
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
			"the process executed a program, whose probes could not be attached: its cache "
			"events are missing");
	/* it may not have been chosen when its program was mapped */
	if (record->kind == EVENT_EXEC && trace->options->whom.by && trace->latecomers)
		latecomers_look(trace->latecomers, (pid_t)record->pid, record->time_ns);
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

static bool has_command(const struct trace *trace)
{
	return trace->options->command != NULL;
}

/* The first signal asks the command to end and gives it time; the second ends the trace. */
static void on_signal(struct trace *trace)
{
	struct signalfd_siginfo info;
	while (read(trace->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1) {
			trace->dump_asked = true;
			continue;
		}
		bool now = trace->signal != 0 || !has_command(trace);
		trace->signal = (int)info.ssi_signo;
		trace->deadline_ms = clock_ns(CLOCK_MONOTONIC) / 1000000 + (now ? 0 : GRACE_MS);
		/* the terminal signals both; kill(1) only us */
		if (info.ssi_code <= 0 && has_command(trace) && !trace->command.reaped)
			kill(trace->command.pid, trace->signal);
	}
}

static bool past_deadline(const struct trace *trace)
{
	return trace->deadline_ms && clock_ns(CLOCK_MONOTONIC) / 1000000 >= trace->deadline_ms;
}

static bool over(struct trace *trace)
{
	if (past_deadline(trace) || output_full(trace->output))
		return true;
	/* of the whole machine, others may come */
	return !options_everyone(trace->options) && (!has_command(trace) || command_reap(&trace->command)) &&
	       kernel_live(trace->kernel) == 0;
}

static int next_look_ms(const struct trace *trace, int records)
{
	if (records >= FLOOD_RECORDS)
		return 0;
	if (records >= STORM_RECORDS)
		return TICK_STORM_MS;
	return records > 0 || trace->deadline_ms ? TICK_BUSY_MS : TICK_IDLE_MS;
}

/* Of processes whose library could not be told from their first events the counters are known from here on.
 */
static void count_latecomers(struct trace *trace)
{
	pid_t pid;
	while (trace->latecomers && (pid = latecomers_next(trace->latecomers)) > 0)
		if (kernel_takes_live(trace->kernel))
			live_counts_begin(trace->kernel, trace->output, pid, false);
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

/* Not of those who have told of their bundles themselves: they would lose what was counted since. */
static void begin_count(void *ctx, pid_t pid)
{
	struct trace *trace = ctx;
	if (!kernel_has_list(trace->kernel, pid))
		live_counts_begin(trace->kernel, trace->output, pid, true);
}

/* Who is traced by what may change, such as the user, is looked for again. Those that are found have run
 * before. */
static void choose_again(struct trace *trace, uint64_t now_ns)
{
	if (!trace->options->whom.by || now_ns < trace->choose_ns)
		return;
	trace->choose_ns = now_ns + CHOOSE_NS;
	if (kernel_choose_again(trace->kernel) <= 0)
		return;
	if (trace->latecomers)
		latecomers_look(trace->latecomers, 0, 0);
	if (kernel_takes_live(trace->kernel))
		kernel_each_traced(trace->kernel, begin_count, trace);
}

/* A step is said where the output is read, and on standard error if that is elsewhere. 0 or -errno. */
static int bound_overhead(struct trace *trace, uint64_t now_ns)
{
	const char *note = limit_look(&trace->limit, now_ns);
	if (!note)
		return 0;
	progress_clear(&trace->progress);
	if (trace->options->format != FORMAT_TEXT || trace->options->output)
		report("%s", note);
	return output_note(trace->output, note);
}

/* Until the traced processes have ended, or a signal ends the trace. 0 or -errno. */
static int follow_events(struct trace *trace)
{
	struct epoll_event ready[4];
	int timeout = TICK_BUSY_MS;
	progress_start(&trace->progress, trace->options, clock_ns(CLOCK_MONOTONIC));
	while (!over(trace)) {
		int count = epoll_wait(trace->epoll, ready, 4, timeout);
		for (int i = 0; i < count; i++)
			if (ready[i].data.fd == trace->signals)
				on_signal(trace);
			else if (ready[i].data.fd == trace->command.pidfd && command_reap(&trace->command))
				epoll_ctl(trace->epoll, EPOLL_CTL_DEL, trace->command.pidfd, NULL);
		count_latecomers(trace);
		if (trace->stacker)
			stacker_look(trace->stacker, clock_ns(CLOCK_MONOTONIC) - RELEASED_NS);
		int got = drain(trace, false);
		int err = got < 0               ? got
			  : trace->dump_asked   ? dump(trace)
			  : got < STORM_RECORDS ? output_flush(trace->output)
						: 0;
		if (err)
			return err;
		timeout = next_look_ms(trace, got);
		uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
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
	int err = kernel_tell_unfinished(trace->kernel);
	if (err)
		report("cannot look for calls that have not returned: %s", strerror(-err));
	usleep(SETTLE_US);
	int got = drain(trace, true);
	if (got >= 0 && kernel_takes_live(trace->kernel))
		trace->uncounted = live_counts_end(trace->kernel, trace->output);
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
	result->ended = has_command(trace) && command_reap(&trace->command) && !output_full(trace->output);
	result->status = trace->command.status;
	result->durations = options_timed(trace->options);
	result->calls = filter_any_call(&trace->options->filter) ? trace->calls : NULL;
	add_notes(trace);
	fill_notes(trace, result);
	uint64_t lost = run_lost(result);
	if (lost)
		report("%llu events were lost: %s", (unsigned long long)lost,
			"the output was slower than the events (a larger --buffer, fewer events with -e, -c "
			"or -o FILE help)");
}

/* Until the command has ended, or a signal has asked it to and it does not. */
static void wait_untraced(struct trace *trace)
{
	trace->deadline_ms = 0;
	while (!command_reap(&trace->command) && !past_deadline(trace)) {
		struct epoll_event ready;
		if (epoll_wait(trace->epoll, &ready, 1, TICK_IDLE_MS) > 0 && ready.data.fd == trace->signals)
			on_signal(trace);
	}
}

/* The output cannot take any more: the command goes on without us. */
static int on_output_error(struct trace *trace, int err)
{
	kernel_detach(trace->kernel);
	if (err != -EPIPE)
		report("%s: %s (the trace ends here, the command goes on)",
			trace->options->output ? printable(trace->options->output) : "output",
			strerror(-err));
	if (!has_command(trace))
		return err == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
	wait_untraced(trace);
	return err == -EPIPE ? run_exit_code(trace->command.status) : EXIT_FAILURE;
}

static int exit_code(const struct trace *trace)
{
	if (!has_command(trace))
		return EXIT_SUCCESS;
	if (trace->command.reaped)
		return run_exit_code(trace->command.status);
	report("process %d still runs, untraced from here on", trace->command.pid);
	return trace->signal ? 128 + trace->signal : EXIT_SUCCESS;
}

/* All of --max-events came. The output is whole; the command goes on to its end. */
static void on_full(struct trace *trace)
{
	output_close(trace->output);
	trace->output = NULL;
	if (!has_command(trace) || trace->signal)
		return;
	kernel_detach(trace->kernel);
	wait_untraced(trace);
}

/* Everything is attached: from here to the end. */
static int run(struct trace *trace)
{
	int code = has_command(trace) ? command_go(&trace->command, trace->path) : 0;
	if (code) {
		while (!command_reap(&trace->command))
			usleep(1000);
		return code;
	}
	if (trace->options->seconds > 0)
		trace->deadline_ms =
			clock_ns(CLOCK_MONOTONIC) / 1000000 + (uint64_t)(trace->options->seconds * 1000);
	int err = follow_events(trace);
	latecomers_stop(trace->latecomers);
	count_latecomers(trace);
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

/* What runs already, and what will be loaded later, is found in /proc. */
static void attach_mapped(struct trace *trace)
{
	trace->latecomers = latecomers_open(&trace->binaries);
	if (!trace->latecomers)
		report("cannot see what is loaded later: %s (it gets no probes)", strerror(errno));
	if (!has_command(trace))
		binaries_add_traced(&trace->binaries, 0);
}

/* Attaches what the wanted binaries have. */
static void attach_probes(struct trace *trace, bool proc)
{
	trace->binaries.kernel = trace->kernel;
	if (!trace->options->filter.app)
		return;
	if (proc)
		attach_mapped(trace);
	if (!has_command(trace))
		return;
	binaries_add(&trace->binaries, trace->path);
	arguments_add(&trace->binaries, trace->options->command + 1);
}

/* How much of a stack is copied where nobody knows how deep it is. By frame pointers, what the C library's
 * own frames take, which has none. */
static unsigned stack_bytes(const struct options *options)
{
	if (options->stacks == STACKS_NONE)
		return 0;
	if (options->frame_pointers)
		return 512;
	return options->stacks == STACKS_ALL ? STACK_BYTES_MAX : 4096;
}

/* True unless it is wanted and cannot be had, which is reported. */
static bool make_stacker(struct trace *trace)
{
	const struct options *options = trace->options;
	if (options->stacks == STACKS_NONE)
		return true;
	trace->stacker = stacker_new(&(struct stacker_options){
		.all = options->stacks == STACKS_ALL,
		.debuginfod = options->debuginfod,
		.command = has_command(trace) ? trace->command.pid : 0,
	});
	if (!trace->stacker)
		report("-s: cannot see what the processes map: %s (it needs CAP_PERFMON)", strerror(errno));
	return trace->stacker != NULL;
}

static void begin_counts(struct trace *trace)
{
	output_counts_live(trace->output);
	if (!has_command(trace))
		kernel_each_traced(trace->kernel, begin_count, trace);
}

/* Where the traced programs fill all processors, the reader has to get one before the rings are full; it
 * takes no more of it than it needs. Whoever gave it another priority decides, and without CAP_SYS_NICE it
 * stays. The command has been forked, and keeps its own. */
static void take_precedence(void)
{
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == 0 && errno == 0)
		setpriority(PRIO_PROCESS, 0, READER_NICE);
}

/* Loads and attaches while the command waits. 0, or reported and -errno. */
static int prepare(struct trace *trace)
{
	const struct options *options = trace->options;
	struct kernel_options kernel = {
		.filter = &options->filter,
		.durations = options_timed(options),
		.emit_calls = options_emit_calls(options),
		.count_calls = !options->count_shown && (options->tables || options->format != FORMAT_TEXT),
		.spread_calls = options_spread_calls(options),
		.follow = options->follow,
		.running = !has_command(trace),
		.everyone = options_everyone(options),
		.whom = options->whom,
		.only = options->pid_count == 1 && !options->follow ? options->pids[0] : 0,
		.live = options_counts_live(options),
		.stack_bytes = stack_bytes(options),
		.stack_frames = !options->frame_pointers        ? 0
				: options->stacks == STACKS_ALL ? STACK_FRAMES_MAX
								: 8,
		.steps = options->max_overhead > 0,
		.ring_bytes = options->ring_bytes,
	};
	trace->kernel = make_stacker(trace) ? kernel_load(&kernel) : NULL;
	if (!trace->kernel)
		return -EPERM;
	int err = limit_init(&trace->limit, trace->kernel, &options->filter, options->max_overhead);
	if (err)
		return err;
	bool proc = (options->filter.app || !has_command(trace)) && preflight_proc();
	err = kernel_attach(trace->kernel);
	if (!err)
		err = targets_mark(options, trace->kernel, trace->command.pid);
	if (!err)
		err = watch(trace, rings_epoll(kernel_rings(trace->kernel)));
	if (!err && trace->stacker)
		err = watch(trace, stacker_fd(trace->stacker));
	if (err)
		return err;
	attach_probes(trace, proc);
	if (trace->latecomers)
		err = latecomers_start(trace->latecomers);
	trace->start = (struct run_start){
		.command = (const char *const *)options->command,
		.start_time_ns = (int64_t)clock_ns(CLOCK_REALTIME),
		.clock_offset_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC)),
	};
	trace->output = err ? NULL : output_open(options, &trace->start);
	if (!trace->output)
		return -EIO;
	err = targets_exclude(options, trace->kernel, proc);
	if (err)
		return err;
	take_precedence();
	trace->binaries.began_ns = clock_ns(CLOCK_MONOTONIC);
	kernel_begin(trace->kernel);
	if (kernel_takes_live(trace->kernel))
		begin_counts(trace);
	return 0;
}

static void trace_free(struct trace *trace)
{
	latecomers_close(trace->latecomers);
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
	limit_free(&trace->limit);
	free(trace->path);
	free(trace);
}

/* Forks the command, which waits. 0, or reported and -errno. */
static int fork_command(struct trace *trace)
{
	const struct options *options = trace->options;
	bool moved = options->format != FORMAT_TEXT && !options->output;
	int err = command_fork(&trace->command, trace->path, options->command, moved, &trace->old_mask);
	return err ? err : watch(trace, trace->command.pidfd);
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
	if (has_command(trace))
		trace->path = command_find(options->command[0], &code);
	if ((has_command(trace) ? trace->path != NULL : targets_run(options)) && trace->epoll >= 0 &&
		take_signals(trace) == 0 && watch(trace, trace->signals) == 0 &&
		(!has_command(trace) || fork_command(trace) == 0) && prepare(trace) == 0)
		code = run(trace);
	trace_free(trace);
	return code;
}
