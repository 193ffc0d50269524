/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens before a trace begins: the kernel side is loaded, attached and given the processes to trace,
 * and the output is opened. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "user/base/report.h"
#include "command_binaries.h"
#include "counter_events.h"
#include "observed.h"
#include "phase_maps.h"
#include "user/kernel/kernel_stacks.h"
#include "user/kernel/requirements.h"
#include "traced_processes.h"
#include "trace_inside.h"

#define READER_NICE -10

int trace_watch(struct trace *trace, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	return epoll_ctl(trace->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

void trace_begin_count(void *ctx, pid_t pid)
{
	struct trace *trace = ctx;
	counter_events_begin(trace->kernel, trace->output, pid, true);
}

/* Attaches the probes of what runs already, which /proc shows, and watches for what is loaded later. */
static void attach_mapped(struct trace *trace)
{
	int unseen;
	trace->late_attach = late_attach_open(&trace->binaries, &unseen);
	if (unseen)
		requirements_explain("what is loaded later gets no probes: cannot see it", unseen);
	if (!trace_has_command(trace))
		binaries_add_traced(&trace->binaries, 0);
}

/* Attaches the probes of the binaries that are traced, as far as cache events or phases are wanted. */
static void attach_probes(struct trace *trace, bool proc)
{
	trace->binaries.kernel = trace->kernel;
	if (!kernel_attaches_probes(trace->kernel))
		return;
	if (proc)
		attach_mapped(trace);
	if (!trace_has_command(trace))
		return;
	binaries_add(&trace->binaries, trace->path);
	command_binaries_add(&trace->binaries, trace->options->command + 1);
}

/* Bytes to copy of each stack, whose depth is not known. With --unwind=fp only the frames of the C library,
 * which has no frame pointers, are unwound from the copy. */
static unsigned stack_bytes(const struct options *options)
{
	if (options->stacks == STACKS_NONE)
		return 0;
	if (options->frame_pointers)
		return 512;
	return options->stacks == STACKS_ALL ? STACK_BYTES_MAX : 4096;
}

static bool stacks_selected(const struct options *options)
{
	return options->stacks != STACKS_NONE &&
	       (options->selection.paths.count || options->selection.bundles.count);
}

/* Opens the resolver if stacks are wanted. False: it failed, which is reported. */
static bool make_stack_resolver(struct trace *trace)
{
	const struct options *options = trace->options;
	if (options->stacks == STACKS_NONE)
		return true;
	trace->stack_resolver = stack_resolver_new(&(struct stack_resolver_options){
		.all = options->stacks == STACKS_ALL,
		.debuginfod = options->debuginfod,
		.command = trace_has_command(trace) ? trace->command.pid : 0,
	});
	if (!trace->stack_resolver)
		requirements_explain("-s: cannot see what the processes map", -errno);
	return trace->stack_resolver != NULL;
}

static void begin_counts(struct trace *trace)
{
	output_counts_live(trace->output);
	if (!trace_has_command(trace))
		kernel_each_traced(trace->kernel, trace_begin_count, trace);
}

/* Where the traced programs keep all processors busy, the reader has to run before the rings are full; it
 * uses no more of a processor than it needs. A priority that the user has set stays, and without CAP_SYS_NICE
 * the default does. The command has been forked before, and keeps its own. */
static void take_precedence(void)
{
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == 0 && errno == 0)
		setpriority(PRIO_PROCESS, 0, READER_NICE);
}

static struct kernel_options kernel_options_of(const struct options *options)
{
	bool command = options->command != NULL;
	unsigned frames = options->stacks == STACKS_ALL ? STACK_FRAMES_MAX : 8;
	return (struct kernel_options){
		.filter = &options->filter,
		.maps = phase_maps_wanted(options),
		.durations = options_timed(options),
		.emit_calls = options_emit_calls(options),
		.count_calls = !options->count_shown && (options->tables || options->format != FORMAT_TEXT),
		.spread_calls = options_spread_calls(options),
		.sum_files = options_sum_files(options),
		.follow = options->follow,
		.running = !command,
		.everyone = options_everyone(options),
		.whom = options->whom,
		.only = options->pid_count == 1 && !options->follow ? options->pids[0] : 0,
		.live = options_counts_live(options),
		/* what the caches hold at the end is known from what they evict */
		.each = filter_wants_layer(&options->filter, FILTER_PAGECACHE),
		.stack_bytes = stack_bytes(options),
		.stacks_selected = stacks_selected(options),
		.stack_frames = options->frame_pointers ? frames : 0,
		.steps = options->max_overhead > 0,
		.ring_bytes = options->ring_bytes,
	};
}

/* Loads the kernel side, which sees no process yet. 0, or reported and -errno. */
static int load(struct trace *trace)
{
	const struct options *options = trace->options;
	struct kernel_options kernel = kernel_options_of(options);
	trace->kernel = make_stack_resolver(trace) ? kernel_load(&kernel) : NULL;
	if (!trace->kernel)
		return -EPERM;
	return trace_governor_init(&trace->governor, trace->kernel, &options->filter, options->max_overhead);
}

/* Attaches the kernel side, and the probes of the binaries. `proc`: /proc can be read. 0, or -errno. */
static int attach(struct trace *trace, bool proc)
{
	int err = kernel_attach(trace->kernel);
	if (!err)
		err = traced_processes_mark(trace->options, trace->kernel, trace->command.pid);
	if (!err)
		err = trace_watch(trace, rings_epoll(kernel_rings(trace->kernel)));
	if (!err && trace->stack_resolver)
		err = trace_watch(trace, stack_resolver_fd(trace->stack_resolver));
	if (err)
		return err;
	attach_probes(trace, proc);
	return trace->late_attach ? late_attach_start(trace->late_attach) : 0;
}

static void on_file(void *ctx, const struct file_id *id, bool selected)
{
	kernel_stacks_of_file(((const struct trace *)ctx)->kernel, id, selected);
}

static void on_bundle(void *ctx, uint32_t pid, uint64_t bundle, bool selected)
{
	kernel_stacks_of_bundle(((const struct trace *)ctx)->kernel, pid, bundle, selected);
}

/* Events that the selection drops need no stacks. */
static void select_stacks(struct trace *trace)
{
	trace->decided = (struct select_decided){ trace, on_file, on_bundle };
	if (stacks_selected(trace->options))
		output_set_decided(trace->output, &trace->decided);
}

/* 0, or reported and -errno. */
static int open_output(struct trace *trace)
{
	trace->start = (struct run_start){
		.command = (const char *const *)trace->options->command,
		.start_time_ns = (int64_t)clock_ns(CLOCK_REALTIME),
		.clock_offset_ns = clock_wall_offset_ns(),
		.facts = &trace->facts,
	};
	observed_by_kernel(trace->kernel, &trace->facts);
	trace->output = output_open(trace->options, &trace->start);
	if (!trace->output)
		return -EIO;
	select_stacks(trace);
	int err = phase_maps_define(phase_maps_wanted(trace->options), trace->output);
	if (err)
		report("output: %s", strerror(-err));
	return err;
}

static void note_left(struct trace *trace)
{
	struct text left = { 0 };
	traced_processes_left(trace->options, trace->kernel, &left);
	if (left.len && !left.failed)
		run_notes_add(&trace->notes, "%.*s", (int)left.len, left.data);
	text_free(&left);
}

/* From here on events are kept. */
static void begin(struct trace *trace)
{
	take_precedence();
	trace->binaries.began_ns = clock_monotonic_ns();
	kernel_begin(trace->kernel);
	if (kernel_reads_counters(trace->kernel))
		begin_counts(trace);
}

int trace_prepare(struct trace *trace)
{
	int err = load(trace);
	if (err)
		return err;
	bool probes = trace->options->filter.app || phase_maps_wanted(trace->options);
	bool proc = (probes || !trace_has_command(trace)) && requirements_proc();
	err = attach(trace, proc);
	if (!err)
		err = open_output(trace);
	/* with the output open, its readers can be found */
	if (!err)
		err = traced_processes_exclude_readers(trace->options, trace->kernel, proc);
	if (!err && proc)
		note_left(trace);
	if (!err)
		begin(trace);
	return err;
}
