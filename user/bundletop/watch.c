/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "user/base/numbers.h"
#include "user/base/proc.h"
#include "user/base/clock.h"
#include "user/kernel/kernel_counts.h"
#include "user/stage/decode.h"
#include "user/calls/filter.h"
#include "user/base/report.h"
#include "user/kernel/cgroup.h"
#include "user/kernel/machine.h"

#define RING_BYTES ((size_t)4 << 20)
/* Every probe except hit: hits are read from the counters. */
#define RARE_PROBES "app=!hit"

/* --- events --- */

/* A child starts in its parent's control group, so it is watched too. */
static void on_fork(struct watch *watch, pid_t child_pid)
{
	struct process *child = processes_add(&watch->processes, child_pid);
	if (child)
		child->traced = true;
}

static void on_process(struct watch *watch, const struct event *ev)
{
	const struct process_event *process = &ev->process;
	switch (ev->kind) {
	case EVENT_FORK:
		if (process->child_pid != ev->pid)
			on_fork(watch, (pid_t)process->child_pid);
		break;
	case EVENT_EXEC:
		state_process_ended(watch->state, (pid_t)ev->pid, ev->time_ns);
		processes_executed(&watch->processes, (pid_t)ev->pid, process->comm.data, process->comm.len);
		break;
	case EVENT_EXIT:
		state_process_ended(watch->state, (pid_t)ev->pid, ev->time_ns);
		processes_ended(&watch->processes, (pid_t)ev->pid);
		break;
	}
}

/* A process that has left the control group stays traced, but is not shown. */
static bool is_watched(const struct watch *watch, pid_t pid)
{
	return !watch->cgroup || processes_find(&watch->processes, pid);
}

static int on_record(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct watch *watch = ctx;
	struct event ev;
	if (record->kind == EVENT_FILE) {
		model_files_path(&watch->files, (const struct event_file *)record);
		return 0;
	}
	int got = decoder_take(watch->decoder, record, cpu, &ev);
	if (got <= 0)
		return got;
	if (event_layer(&ev) == LAYER_PROCESS) {
		on_process(watch, &ev);
	} else if (event_layer(&ev) == LAYER_APP && is_watched(watch, (pid_t)ev.pid)) {
		struct process *process = processes_find(&watch->processes, (pid_t)ev.pid);
		watch->events += ev.kind != EVENT_MODEL;
		if (process)
			process->events++;
		state_event(watch->state, &ev, processes_comm(process));
	}
	return 0;
}

static enum reads_of reads_of(enum governor_step step)
{
	return step == STEP_FEWER ? READS_OF_NONE : step == STEP_ALL ? READS_OF_ALL : READS_OF_USERS;
}

static void note_steps(struct watch *watch, uint64_t from)
{
	const struct top_governor *governor = &watch->governor;
	for (; from < governor->stepped; from++) {
		const struct governor *step = &top_governor_step(governor, from)->governor;
		enum reads_of counted = reads_of(step->step);
		state_step(watch->state, top_governor_step(governor, from)->time_ns, from,
			governor->events.governor.step != STEP_ALL);
		if (step->messages != governor_reads)
			continue;
		watch->files.counted = counted;
		watch->least = counted > watch->least ? counted : watch->least;
	}
}

int watch_poll(struct watch *watch)
{
	int got = rings_drain(kernel_rings(watch->kernel), false, on_record, watch);
	if (got < 0)
		return got;
	uint64_t now_ns = clock_monotonic_ns();
	processes_scan(&watch->processes, now_ns);
	if (watch->options->files) {
		model_files_tick(&watch->files, &watch->processes, now_ns);
		part_watch_tick(&watch->parts, now_ns);
	}
	uint64_t from = watch->governor.stepped;
	if (!top_governor_tick(&watch->governor, &watch->processes, now_ns))
		return 0;
	/* events that were emitted before the step took effect */
	got = rings_drain(kernel_rings(watch->kernel), false, on_record, watch);
	note_steps(watch, from);
	return got < 0 ? got : 0;
}

int watch_fd(const struct watch *watch)
{
	return rings_epoll(kernel_rings(watch->kernel));
}

bool watch_over(const struct watch *watch)
{
	return watch->group_gone || (watch->options->pids && kernel_tasks_alive(watch->kernel) == 0);
}

/* --- an interval --- */

static void on_gone(void *ctx, pid_t pid)
{
	struct watch *watch = ctx;
	state_process_ended(watch->state, pid, clock_monotonic_ns());
}

static int on_load_times(void *ctx, const struct load_key *key, const struct load_times *times)
{
	struct watch *watch = ctx;
	uint64_t counts[LATENCY_POWERS];
	for (int i = 0; i < LATENCY_POWERS; i++)
		counts[i] = times->counts[i];
	state_loads(watch->state, key->pid, key->bundle, counts);
	return 0;
}

static void read_process(struct watch *watch, struct process *process)
{
	for (unsigned i = 0; i < process->lists; i++) {
		int err = state_read(
			watch->state, process->pid, process->list[i], process->comm, process->born);
		/* -EBADMSG: no such list: unloaded, another program by now, or a malformed one */
		if (err && err != -EBADMSG && err != -ESRCH)
			process->hidden = err;
	}
}

static void count_hidden(struct watch *watch)
{
	watch->hidden = (struct hidden){ 0 };
	for (const struct process *process = watch->processes.list; process; process = process->hh.next) {
		if (!process->hidden || !is_watched(watch, process->pid) || proc_is_gone(process->pid))
			continue;
		if (watch->hidden.count++ == 0) {
			watch->hidden.pid = process->pid;
			watch->hidden.err = process->hidden;
		}
	}
}

void watch_hidden_text(struct text *t, const struct watch *watch)
{
	const struct hidden *hidden = &watch->hidden;
	if (!hidden->count)
		return;
	text_printf(t, "cannot look into ");
	if (hidden->count > 1)
		text_printf(t, "%u processes, such as %d", hidden->count, (int)hidden->pid);
	else
		text_printf(t, "process %d", (int)hidden->pid);
	text_printf(t, " (%s): %s bundles, if any, are missing", strerror(-hidden->err),
		hidden->count > 1 ? "their" : "its");
}

/* Events that the kernel side could not emit. */
static void read_lost(struct watch *watch)
{
	uint64_t lost[EVENT_KINDS][LOST_CAUSES];
	watch->lost = watch->skipped = 0;
	if (kernel_lost(watch->kernel, lost))
		return;
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		watch->skipped += lost[kind][LOST_SKIPPED];
		for (int cause = 0; cause < LOST_CAUSES; cause++)
			watch->lost += lost[kind][cause];
	}
}

static uint64_t resident_bytes(void)
{
	char text[128];
	uint64_t pages = 0;
	/* all pages, then the resident ones */
	const char *second = proc_read(0, "statm", text, sizeof(text)) > 0 ? strchr(text, ' ') : NULL;
	if (second)
		number_start(second + 1, &pages);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void read_own(struct watch *watch)
{
	uint64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID), now_ns = clock_monotonic_ns();
	/* of the time between two looks at the clock of the processor, which is not the interval of the counters */
	watch->cpu = watch->own_ns && now_ns > watch->own_ns
			     ? (double)(cpu_ns - watch->cpu_ns) / (double)(now_ns - watch->own_ns)
			     : 0;
	watch->cpu_ns = cpu_ns;
	watch->own_ns = now_ns;
	watch->rss = resident_bytes();
}

/* Traces the watched processes that are not traced yet. 0, or reported and -errno. */
static int trace_new(struct watch *watch)
{
	unsigned count = 0;
	pid_t *pids = malloc((HASH_COUNT(watch->processes.list) + 1) * sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	for (struct process *process = watch->processes.list; process; process = process->hh.next)
		if (!process->traced) {
			process->traced = true;
			pids[count++] = process->pid;
		}
	int err = count ? kernel_trace_running(watch->kernel, pids, count) : 0;
	free(pids);
	return err;
}

/* Updates the list of watched processes. 0, or reported and -errno. */
static int find_processes(struct watch *watch)
{
	watch->group_gone = processes_list(&watch->processes, on_gone, watch) == -ENOENT;
	return watch->cgroup ? trace_new(watch) : 0;
}

static void read_files(struct watch *watch)
{
	const struct state *state = watch->state;
	bool all = watch->options->count == 1; /* a single report is waited for until all files are in it */
	model_files_read(&watch->files, &watch->processes, watch->least, all, state->now_ns);
	watch->least = watch->files.counted;
	part_watch_read(&watch->parts, &watch->files.table, state->interval_ns, all);
}

int watch_read(struct watch *watch)
{
	int err = find_processes(watch);
	if (!err)
		err = watch_poll(watch);
	if (err)
		return err;
	state_begin(watch->state);
	for (struct process *process = watch->processes.list; process; process = process->hh.next)
		if (process->lists)
			read_process(watch, process);
	count_hidden(watch);
	/* events from before the counters were read belong to this interval too */
	err = rings_drain(kernel_rings(watch->kernel), false, on_record, watch);
	kernel_load_times(watch->kernel, on_load_times, watch);
	state_end(watch->state, clock_monotonic_ns());
	uint64_t from = watch->governor.stepped;
	top_governor_reading(&watch->governor, &watch->processes, watch->state);
	note_steps(watch, from);
	if (watch->options->files)
		read_files(watch);
	read_lost(watch);
	attach_results(watch->kernel, &watch->attached);
	read_own(watch);
	return err < 0 ? err : 0;
}

void watch_forget(struct watch *watch, uint64_t older_ns)
{
	state_forget(watch->state, older_ns);
	model_files_forget(&watch->files, watch->state->now_ns, older_ns);
}

/* --- start and end --- */

/* Traces the processes asked for, those of the group, or all of the machine. 0, or reported and -errno. */
static int trace_processes(struct watch *watch)
{
	return watch->processes.some ? trace_new(watch) : kernel_trace_running(watch->kernel, NULL, 0);
}

static void begin_processes(struct watch *watch)
{
	const struct top_options *options = watch->options;
	processes_init(&watch->processes, watch->kernel);
	watch->processes.some = options->pids || watch->cgroup;
	watch->processes.cgroup = watch->cgroup;
	for (unsigned i = 0; i < options->pid_count; i++)
		processes_add(&watch->processes, options->pids[i]);
	if (options->pids)
		processes_add_children(&watch->processes);
	processes_list(&watch->processes, on_gone, watch);
	processes_scan(&watch->processes, clock_monotonic_ns());
}

/* 0, or reported and -errno. */
static int load_kernel(struct watch *watch)
{
	struct filter filter;
	struct text problem = { 0 };
	filter_init(&filter);
	if (!filter_parse(&filter, "trace=none", &problem) || !filter_parse(&filter, RARE_PROBES, &problem))
		return -EINVAL;
	watch->kernel = kernel_load(&(struct kernel_options){
		.filter = &filter,
		.follow = true,
		.running = true,
		.everyone = !watch->options->pids && !watch->cgroup,
		.live = true,
		.each = true,
		.steps = true,
		.files = watch->options->files,
		.ring_bytes = RING_BYTES,
	});
	if (!watch->kernel)
		return -EPERM;
	int err = top_governor_init(&watch->governor, watch->kernel, &filter, watch->options->max_overhead);
	if (err)
		report("cannot measure what an event costs: %s (--max-overhead off does without)",
			strerror(-err));
	return err;
}

/* True if all processes of -p run; else reported. */
static bool all_run(const struct top_options *options)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (proc_is_gone(options->pids[i])) {
			report("-p: no process %d (look with pgrep or ps)", options->pids[i]);
			return false;
		}
	return true;
}

/* True if there is such a group; else reported. */
static bool find_group(struct watch *watch)
{
	struct cgroup cgroup;
	if (!cgroup_find(watch->options->cgroup, &cgroup)) {
		report("--cgroup: %s: no such control group (its folder in /sys/fs/cgroup, or the path that /proc/PID/cgroup shows)",
			printable(watch->options->cgroup));
		return false;
	}
	watch->cgroup = cgroup.folder;
	return true;
}

/* What is hidden from it could be anything: it shows no numbers then, unless it has all rights that there are. 0, or
 * reported and -EPERM. */
static int may_look(const struct watch *watch)
{
	struct machine machine;
	struct text t = { 0 };
	machine_look(&machine);
	if (!watch->hidden.count || (!watch->options->pids && machine_has(&machine, CAP_SYS_PTRACE)))
		return 0;
	watch_hidden_text(&t, watch);
	text_char(&t, '\0');
	report("%s (%s: run it with sudo%s)", t.failed ? "?" : t.data,
		machine_has(&machine, CAP_SYS_PTRACE)
			? "one of its files was removed or replaced; CAP_CHECKPOINT_RESTORE and CAP_DAC_READ_SEARCH reach it"
			: "another user's process takes CAP_SYS_PTRACE",
		watch->options->pids ? "" : ", or name your own processes with -p");
	text_free(&t);
	return -EPERM;
}

int watch_start(struct watch *watch, const struct top_options *options)
{
	*watch = (struct watch){ .options = options };
	part_watch_init(&watch->parts, options->parts_of, options->parts);
	if (!all_run(options))
		return -ESRCH;
	if (options->cgroup && !find_group(watch))
		return -ENOENT;
	int err = load_kernel(watch);
	if (err)
		return err;
	watch->state = state_new((uint64_t)(options->window * 1e9), options->bundle);
	watch->decoder = decoder_new();
	if (!watch->state || !watch->decoder)
		return -ENOMEM;
	begin_processes(watch);
	err = kernel_attach(watch->kernel);
	if (!err)
		err = trace_processes(watch);
	if (!err && options->files)
		err = model_files_start(&watch->files, watch->kernel);
	kernel_begin(watch->kernel);
	if (!err)
		err = watch_read(watch);
	return err ? err : may_look(watch);
}

void watch_end(struct watch *watch)
{
	processes_free(&watch->processes);
	model_files_end(&watch->files);
	part_watch_free(&watch->parts);
	decoder_free(watch->decoder);
	state_free(watch->state);
	kernel_free(watch->kernel);
	top_governor_free(&watch->governor);
	free(watch->cgroup);
}
