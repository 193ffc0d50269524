/* SPDX-License-Identifier: BSD-2-Clause */
/* The main loop: events from the kernel side to the output, and what is done beside them. */
#include <errno.h>
#include <string.h>

#include "user/base/report.h"
#include "counter_events.h"
#include "user/kernel/kernel_counts.h"
#include "user/kernel/kernel_stacks.h"
#include "trace_inside.h"

/* The pause before the rings are read again, by the number of records that the last reading brought. */
#define FLOOD_RECORDS 16384 /* none: the newest records are still in the processor's caches */
#define STORM_RECORDS 2000
#define TICK_STORM_MS 1
#define TICK_BUSY_MS  10         /* some records */
#define TICK_IDLE_MS  100        /* no record */
#define RELEASED_NS   1000000000 /* the rings hold no record older than this */
#define STALLED_MS    1000       /* after which a reader that reads nothing is reported */
#define MEMORY_NS     200000000  /* interval between looks at the limit of memory */
#define CHOOSE_NS     1000000000 /* interval between scans for processes that have started to match */

/* Has the flight recorder write what it holds; the trace goes on. */
static int dump(struct trace *trace)
{
	struct run_result result = { 0 };
	trace_result_counts(trace, &result);
	trace->dump_asked = false;
	trace_result_notes(trace, &result);
	progress_clear(&trace->progress);
	return output_dump(trace->output, &result);
}

static int on_record(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct trace *trace = ctx;
	if (record->kind == EVENT_EXEC && kernel_only_executed(trace->kernel))
		run_notes_add(&trace->notes,
			"the process executed a program, whose probes could not be attached: its cache events are missing");
	/* it may not have been traced yet when its program was mapped */
	if (record->kind == EVENT_EXEC && trace->options->whom.by && trace->late_attach)
		late_attach_scan(trace->late_attach, (pid_t)record->pid, record->time_ns);
	int err = output_record(trace->output, record, cpu);
	return err == OUTPUT_DUE ? dump(trace) : err;
}

static int on_record_with_stack(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct trace *trace = ctx;
	return stack_resolver_take(trace->stack_resolver, record, cpu, on_record, trace);
}

int trace_drain(struct trace *trace, bool all)
{
	return rings_drain(kernel_rings(trace->kernel), all,
		trace->stack_resolver ? on_record_with_stack : on_record, trace);
}

/* Decides how long a reader that has stalled is waited for (out.h). Reports it on standard error, unless that
 * is what stalls. */
static bool enough(void *ctx, unsigned stalled_ms)
{
	struct trace *trace = ctx;
	trace_take_signals(trace);
	if (trace_has_command(trace))
		command_reap(&trace->command); /* no zombies of its children either */
	if (stalled_ms >= STALLED_MS && !trace->stalled && options_write_elsewhere(trace->options)) {
		progress_clear(&trace->progress);
		report("nobody reads the output: events are lost once the rings are full");
	}
	trace->stalled |= stalled_ms >= STALLED_MS;
	return out_asked_enough(trace->asked, stalled_ms);
}

static bool over(struct trace *trace)
{
	if (trace_past_deadline(trace) || output_full(trace->output))
		return true;
	/* with -a and the like, other processes may come */
	return !options_everyone(trace->options) &&
	       (!trace_has_command(trace) || command_reap(&trace->command)) &&
	       kernel_tasks_alive(trace->kernel) == 0;
}

static int next_pause_ms(const struct trace *trace, int records)
{
	if (records >= FLOOD_RECORDS)
		return 0;
	if (records >= STORM_RECORDS)
		return TICK_STORM_MS;
	return records > 0 || trace->deadline_ms ? TICK_BUSY_MS : TICK_IDLE_MS;
}

void trace_count_late(struct trace *trace)
{
	pid_t pid;
	while (trace->late_attach && (pid = late_attach_next(trace->late_attach)) > 0)
		if (kernel_reads_counters(trace->kernel))
			counter_events_begin(trace->kernel, trace->output, pid, false);
}

/* With -c, calls are counted by the kernel side and are no events here. */
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

/* --uid, --comm and --cgroup can change while a process runs: rescan. A process found now has run before, so
 * it has a baseline. */
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

/* What is traced may enter a control group, or leave it; one that has ended says nothing of its last group. */
static void look_at_memory(struct trace *trace, uint64_t now_ns)
{
	const struct options *options = trace->options;
	pid_t pid = trace_has_command(trace) ? trace->command.pid : options->pid_count ? options->pids[0] : 0;
	struct memory_limit now = { 0 };
	if (now_ns < trace->memory_ns || !filter_wants_layer(&options->filter, FILTER_PAGECACHE) ||
		pid <= 0 || trace->command.reaped)
		return;
	trace->memory_ns = now_ns + MEMORY_NS;
	memory_limit_find(pid, &now);
	if (now.grouped || !trace->memory.bytes)
		trace->memory = now;
}

/* A step of --max-overhead is noted in the output, and on standard error too if that is elsewhere. 0 or
 * -errno. */
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

static void wait_for_events(struct trace *trace, int pause_ms)
{
	struct epoll_event ready[4];
	int count = epoll_wait(trace->epoll, ready, 4, pause_ms);
	for (int i = 0; i < count; i++)
		if (ready[i].data.fd == trace->signals)
			trace_take_signals(trace);
		else if (ready[i].data.fd == trace->command.pidfd && command_reap(&trace->command))
			epoll_ctl(trace->epoll, EPOLL_CTL_DEL, trace->command.pidfd, NULL);
}

/* What is done beside the events. 0 or -errno. */
static int tick(struct trace *trace)
{
	uint64_t now_ns = clock_monotonic_ns();
	choose_again(trace, now_ns);
	look_at_memory(trace, now_ns);
	if (trace->stack_resolver && stack_resolver_needs_more(trace->stack_resolver))
		kernel_stacks_deepen(trace->kernel);
	int err = bound_overhead(trace, now_ns);
	if (!err && progress_due(&trace->progress, now_ns))
		show_progress(trace, now_ns);
	return err;
}

int trace_loop(struct trace *trace)
{
	int pause_ms = TICK_BUSY_MS, err = 0;
	output_set_wait(trace->output, &(struct out_wait){ enough, trace, trace->signals });
	progress_start(&trace->progress, trace->options, clock_monotonic_ns());
	while (!err && !over(trace)) {
		wait_for_events(trace, pause_ms);
		trace_count_late(trace);
		if (trace->stack_resolver)
			stack_resolver_advance(trace->stack_resolver, clock_monotonic_ns() - RELEASED_NS);
		int got = trace_drain(trace, false);
		if (got < 0)
			return got;
		if (trace->dump_asked)
			err = dump(trace);
		else if (got < STORM_RECORDS)
			err = output_flush(trace->output);
		pause_ms = next_pause_ms(trace, got);
		if (!err)
			err = tick(trace);
	}
	return err;
}
