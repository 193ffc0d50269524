/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens before a trace begins: the kernel side is loaded and attached, and told who is traced. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "user/base/clock.h"
#include "user/base/report.h"
#include "arguments.h"
#include "counter_events.h"
#include "user/kernel/requirements.h"
#include "targets.h"
#include "trace_inside.h"

#define READER_NICE -10

int trace_watch(struct trace *trace, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	return epoll_ctl(trace->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Not of those who have told of their bundles themselves: they would lose what was counted since. */
void trace_begin_count(void *ctx, pid_t pid)
{
	struct trace *trace = ctx;
	if (!kernel_has_list(trace->kernel, pid))
		counter_events_begin(trace->kernel, trace->output, pid, true);
}

/* What runs already, and what will be loaded later, is found in /proc. */
static void attach_mapped(struct trace *trace)
{
	trace->late_attach = late_attach_open(&trace->binaries);
	if (!trace->late_attach)
		report("cannot see what is loaded later: %s (it gets no probes)", strerror(errno));
	if (!trace_has_command(trace))
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
	if (!trace_has_command(trace))
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
		.command = trace_has_command(trace) ? trace->command.pid : 0,
	});
	if (!trace->stacker)
		report("-s: cannot see what the processes map: %s (it needs CAP_PERFMON)", strerror(errno));
	return trace->stacker != NULL;
}

static void begin_counts(struct trace *trace)
{
	output_counts_live(trace->output);
	if (!trace_has_command(trace))
		kernel_each_traced(trace->kernel, trace_begin_count, trace);
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

int trace_prepare(struct trace *trace)
{
	const struct options *options = trace->options;
	struct kernel_options kernel = {
		.filter = &options->filter,
		.durations = options_timed(options),
		.emit_calls = options_emit_calls(options),
		.count_calls = !options->count_shown && (options->tables || options->format != FORMAT_TEXT),
		.spread_calls = options_spread_calls(options),
		.follow = options->follow,
		.running = !trace_has_command(trace),
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
	int err =
		trace_governor_init(&trace->governor, trace->kernel, &options->filter, options->max_overhead);
	if (err)
		return err;
	bool proc = (options->filter.app || !trace_has_command(trace)) && requirements_proc();
	err = kernel_attach(trace->kernel);
	if (!err)
		err = targets_mark(options, trace->kernel, trace->command.pid);
	if (!err)
		err = trace_watch(trace, rings_epoll(kernel_rings(trace->kernel)));
	if (!err && trace->stacker)
		err = trace_watch(trace, stacker_fd(trace->stacker));
	if (err)
		return err;
	attach_probes(trace, proc);
	if (trace->late_attach)
		err = late_attach_start(trace->late_attach);
	trace->start = (struct run_start){
		.command = (const char *const *)options->command,
		.start_time_ns = (int64_t)clock_ns(CLOCK_REALTIME),
		.clock_offset_ns = clock_wall_offset_ns(),
	};
	trace->output = err ? NULL : output_open(options, &trace->start);
	if (!trace->output)
		return -EIO;
	err = targets_exclude(options, trace->kernel, proc);
	if (err)
		return err;
	take_precedence();
	trace->binaries.began_ns = clock_monotonic_ns();
	kernel_begin(trace->kernel);
	if (kernel_reads_counters(trace->kernel))
		begin_counts(trace);
	return 0;
}
