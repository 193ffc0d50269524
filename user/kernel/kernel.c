/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "user/base/report.h"
#include "user/calls/abi32.h"
#include "user/calls/call_spec.h"
#include "user/calls/commands.h"
#include "user/calls/syscalls.h"
#include "io_hooks.h"
#include "kernel_entries.h"
#include "kernel_inside.h"
#include "multi_link.h"
#include "requirements.h"
#include "uring_hooks.h"

#define STACK_SKIPS 16384 /* files and bundles that are known not to be shown */

/* What the library's live counters count: with them, these events need not be emitted one by one. */
#define APP_COUNTED                                                                                          \
	(FILTER_APP(EVENT_APP_HIT) | FILTER_APP(EVENT_APP_MISS) | FILTER_APP(EVENT_APP_EVICT) |              \
		FILTER_APP(EVENT_APP_PREFETCH))

/* The hooks that count uses of files; those of page faults only where the kernel has the tracepoints. */
static void configure_files(struct bundletrace_bpf *skel, bool files)
{
	bool faults = files && hooks_tracepoint_there("filemap/mm_filemap_fault") &&
		      hooks_tracepoint_there("filemap/mm_filemap_map_pages");
	bpf_map__set_autocreate(skel->maps.file_uses, files);
	bpf_map__set_autocreate(skel->maps.files_ignored, files);
	bpf_map__set_autocreate(skel->maps.model_users, files);
	bpf_program__set_autoload(skel->progs.use_fill, files);
	bpf_program__set_autoload(skel->progs.use_fault, faults);
	bpf_program__set_autoload(skel->progs.use_around, faults);
}

/* True for a call that no selection of files can show. One on memory may be on a file's mapping. */
static bool is_unselected(unsigned nr, const struct call_spec *spec)
{
	return spec->fd_arg < 0 && spec->fd_arg2 < 0 && spec->path_arg < 0 && spec->path_arg2 < 0 &&
	       !(spec->flags & (CALL_RETURNS_FD | CALL_FILLS_PAIR)) &&
	       !(syscall_info(nr)->classes & CLASS_MEMORY);
}

/* What the kernel side does with each system call. */
static void configure_calls(struct bundletrace_bpf *skel, const struct kernel_options *options)
{
	const bool *wanted = options->filter->wanted;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		struct call_spec *spec = &skel->rodata->call_specs[nr];
		*spec = syscall_spec(nr);
		skel->rodata->call_copies[nr] = syscall_copies(nr);
		if (wanted[nr])
			spec->flags |= CALL_WANTED;
		else if (!options->emit_calls)
			spec->flags = 0;
		if (!wanted[nr])
			spec->io = CALL_IO_NONE;
		if (spec->flags && is_unselected(nr, spec))
			spec->flags |= CALL_UNSELECTED;
		skel->rodata->abi32_calls[nr] = (__u16)abi32_call(nr);
		if (wanted[abi32_call(nr)] || (nr == SYS_execve && wanted[SYS_execveat]))
			spec->flags |= CALL_MAYBE;
		if (!options->emit_calls && !options->sum_files)
			spec->flags &= (__u16)~CALL_CLOSES;
		if (!options->emit_calls)
			spec->flags &= (__u16) ~(CALL_LENGTH | CALL_TIMEOUT);
	}
}

static void configure_hooks(struct kernel *kernel, const struct kernel_options *options)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool calls = filter_any_call(options->filter);
	bool cast = requirements_kernel(6, 2); /* bpf_rdonly_cast() */
	bool begins = calls && hooks_tracepoint_there("sched/sched_prepare_exec");
	/* the entries of calls that close are hooked one by one, unless those of all calls are anyway, or it cannot be done */
	bool closing = calls && (options->emit_calls || options->sum_files);
	bool alone = closing && !options->durations && hooks_single_calls_there();
	struct uring_hooks uring = uring_hooks_configure(skel, options->filter);
	entries_configure(kernel, alone && options->emit_calls);
	hooks_configure(kernel, (const bool[HOOKS]){
					[HOOK_SIGNAL] = calls,
					[HOOK_EXEC_BEGINS] = begins,
					[HOOK_EXEC_RENAMES] = calls && !begins,
					[HOOK_FORK] = true,
					[HOOK_LIVE_FORK] = kernel->live,
					[HOOK_EXEC] = true,
					[HOOK_LIVE_EXEC] = kernel->live,
					[HOOK_EXIT_CALL] = calls,
					[HOOK_LIVE_EXIT] = kernel->live,
					[HOOK_EXIT] = true,
					[HOOK_ENTER_CLOSE] = alone,
					[HOOK_ENTER_DUP2] = alone,
					[HOOK_ENTER_DUP3] = alone,
					[HOOK_ENTER_CLOSE_RANGE] = alone,
					[HOOK_SYS_ENTER] = calls && !alone && (options->durations || closing),
					[HOOK_SYS_EXIT] = calls && cast,
					[HOOK_SYS_EXIT_NO_CAST] = calls && !cast,
					[HOOK_URING_SUBMIT] = uring.submit,
					[HOOK_URING_SUBMIT_BEFORE] = uring.submit_before,
					[HOOK_URING_COMPLETE] = uring.complete && cast,
					[HOOK_URING_COMPLETE_NO_CAST] = uring.complete && !cast,
					[HOOK_USE_CALL] = options->files,
				});
	bpf_program__set_autoload(
		skel->progs.mark_tasks, options->running || options->everyone || options->whom.by);
	bpf_program__set_autoload(skel->progs.emit_unfinished, calls && options->emit_calls);
	/* before, a program of its type may not call bpf_task_from_pid() */
	bpf_program__set_autoload(
		skel->progs.find_task, kernel->way != HOOKS_BTF && requirements_kernel(6, 14));
}

static void configure_probes(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	skel->rodata->take_counters = kernel->live;
	bpf_program__set_autoload(skel->progs.live_open, kernel->live);
	bpf_program__set_autoload(skel->progs.live_close, kernel->live);
	bpf_program__set_autoload(skel->progs.app_probe, kernel->multi);
	bpf_program__set_expected_attach_type(
		skel->progs.app_probe, (enum bpf_attach_type)ATTACH_UPROBE_MULTI);
	bpf_program__set_autoload(skel->progs.app_open, false);
	bpf_program__set_autoload(skel->progs.app_close, false);
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		unsigned kind = KIND_OF_PROBE(probe);
		bpf_program__set_autoload(kernel_app_program(kernel, kind), kernel->app & FILTER_APP(kind));
	}
}

/* Sets the constants that the programs are verified with, and disables the programs that are not needed. */
static void configure(struct kernel *kernel, const struct kernel_options *options)
{
	struct bundletrace_bpf *skel = kernel->skel;
	skel->rodata->emit_calls = options->emit_calls;
	skel->rodata->count_calls = options->count_calls;
	skel->rodata->time_calls = options->durations;
	skel->rodata->spread_calls = options->spread_calls;
	if (options->spread_calls) {
		bpf_map__set_max_entries(skel->maps.call_spreads, SYSCALL_MAX);
		bpf_map__set_max_entries(skel->maps.call_buckets, CALL_BUCKETS);
	}
	skel->rodata->bounded = options->steps;
	skel->rodata->follow = options->follow;
	skel->rodata->everyone = options->everyone;
	memcpy((void *)&skel->rodata->whom, &options->whom, sizeof(options->whom));
	skel->rodata->stack_bytes = options->stack_bytes;
	skel->rodata->stack_frames = options->stack_frames;
	skel->rodata->stacks_selected = options->stacks_selected;
	if (options->stacks_selected)
		bpf_map__set_max_entries(skel->maps.stack_skips, STACK_SKIPS);
	configure_calls(skel, options);
	configure_hooks(kernel, options);
	configure_probes(kernel);
	configure_files(skel, options->files);
	io_hooks_configure(kernel, options->sum_files, options->filter);
	block_hooks_configure(kernel, filter_wants_layer(options->filter, FILTER_BLOCK));
	sched_hooks_configure(kernel, filter_wants_layer(options->filter, FILTER_SCHED));
}

/* 0 or -errno. */
static int set_command_copies(const struct kernel *kernel)
{
	size_t count;
	const struct command *all = commands_all(&count);
	int err = 0;
	for (size_t i = 0; i < count && !err; i++) {
		__u64 key = COMMAND_KEY(all[i].nr, all[i].number);
		struct call_copies copies = command_copies(&all[i]);
		if (bpf_map_update_elem(
			    bpf_map__fd(kernel->skel->maps.command_copies), &key, &copies, BPF_ANY))
			err = -errno;
	}
	return err;
}

/* Runs a program in this process, which records its pid namespace: pids are shown in that one. 0 or -errno. */
static int find_pid_namespace(const struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	return bpf_prog_test_run_opts(bpf_program__fd(kernel->skel->progs.find_pid_namespace), &opts);
}

/* Where the kernel counts renames. That it may not be seen is no error: see rename_lock_at in bpf/file.h. */
static void find_locks(const struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	bpf_prog_test_run_opts(bpf_program__fd(kernel->skel->progs.find_locks), &opts);
}

/* 0, or reported and -errno. */
static int load(struct kernel *kernel, const struct kernel_options *options)
{
	int err = kernel_rings_configure(kernel, options);
	const char *what = "cannot make the ring buffers";
	if (!err) {
		what = "cannot load the BPF programs";
		err = bundletrace_bpf__load(kernel->skel);
	}
	if (!err) {
		what = "cannot fill the table of commands";
		err = set_command_copies(kernel);
	}
	if (!err) {
		what = "cannot find the tracer's pid namespace";
		err = find_pid_namespace(kernel);
	}
	if (!err) {
		/* the rings of calls rely on hooks that run one after the other */
		kernel->preemption = hooks_find_preemption(kernel);
		if (kernel->preemption >= PREEMPTION_OUTSIDE_CALLS && kernel->way == HOOKS_BTF)
			kernel->call_slots = 0;
		what = "cannot make the ring buffers";
		err = kernel_rings_connect(kernel);
	}
	if (err)
		requirements_explain(what, err);
	else
		find_locks(kernel);
	if (!err)
		block_hooks_find(kernel);
	return err;
}

static struct kernel *load_with(const struct kernel_options *options, enum hooks_way way)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return NULL;
	pthread_mutex_init(&kernel->binaries_lock, NULL);
	kernel->table = kernel->events = -1;
	kernel->way = way;
	kernel->app = options->filter->app;
	kernel->steps = options->steps;
	if (kernel->app && !requirements_uprobes())
		kernel->app = 0;
	kernel->live = options->live && kernel->app && requirements_kernel(6, 16);
	kernel->multi_links = requirements_kernel(6, 6);
	kernel->multi = kernel->app && kernel->multi_links;
	kernel->only = requirements_kernel(6, 12) ? options->only
						  : 0; /* some older kernels compare it to thread ids */
	if (kernel->live)
		kernel->app &= options->each ? ~FILTER_APP(EVENT_APP_HIT) : ~APP_COUNTED;
	kernel->skel = bundletrace_bpf__open();
	if (!kernel->skel) {
		requirements_explain("cannot read the BPF programs", -errno);
		kernel_free(kernel);
		return NULL;
	}
	configure(kernel, options);
	/* whoever cannot attach probes was told so above, if there are some of the library */
	bool phases = options->maps && options->maps->phases && (kernel->app || requirements_uprobes());
	if (kernel_phases_configure(kernel, phases ? options->maps : NULL) || load(kernel, options)) {
		kernel_free(kernel);
		return NULL;
	}
	return kernel;
}

/* What a kernel does is asked once its programs are loaded: if the guess was wrong, they are loaded again. */
static struct kernel *load_fitting(const struct kernel_options *options)
{
	bool forced;
	enum hooks_way way = hooks_guess(&forced);
	struct kernel *kernel = load_with(options, way);
	enum hooks_way needed = kernel && !forced ? hooks_needed(kernel->preemption, way) : way;
	if (needed == way)
		return kernel;
	kernel_free(kernel);
	return load_with(options, needed);
}

/* How hooks are attached, and why. */
static const char *hooks_text(const struct kernel *kernel)
{
	if (kernel->way == HOOKS_CALLS_BTF)
		return "BTF and classic tracepoints: at BTF ones this kernel can preempt hooks, except those of system calls, and skips those of other tasks then";
	if (kernel->way == HOOKS_CLASSIC)
		return kernel->preemption == PREEMPTION_POSSIBLE
			       ? "classic tracepoints: at BTF ones this kernel can preempt hooks, and skips those of other tasks then"
			       : "classic tracepoints: BUNDLETRACE_HOOKS asks for them";
	switch (kernel->preemption) {
	case PREEMPTION_DISABLED:
		return "BTF tracepoints: this kernel does not preempt hooks";
	case PREEMPTION_OUTSIDE_CALLS:
	case PREEMPTION_POSSIBLE:
		return "BTF tracepoints, where this kernel can skip hooks: the classic ones were not asked for, or cannot be had (they need tracefs, and CAP_SYS_ADMIN where kernel.perf_event_paranoid is 3)";
	case PREEMPTION_UNKNOWN:
		break;
	}
	return "BTF tracepoints: whether this kernel preempts hooks cannot be told";
}

struct kernel *kernel_load(const struct kernel_options *options)
{
	struct kernel *kernel = requirements_met() ? load_fitting(options) : NULL;
	if (kernel)
		report_debug("hooks: %s", hooks_text(kernel));
	return kernel;
}

void kernel_begin(struct kernel *kernel)
{
	memset(kernel->skipped_before, 0, sizeof(kernel->skipped_before));
	hooks_skipped(kernel, kernel->skipped_before);
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_ON, __ATOMIC_RELEASE);
}

void kernel_hold(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_HELD, __ATOMIC_RELEASE);
}

void kernel_stop(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_OVER, __ATOMIC_RELEASE);
	hooks_skipped(kernel, kernel->skipped_after);
	kernel->over = true;
}

/* Runs an iterator once, if it is loaded. 0 or -errno. */
static int walk_with(const struct bpf_program *program, struct bpf_link **link)
{
	if (!bpf_program__autoload(program))
		return 0;
	*link = bpf_program__attach(program);
	return *link ? kernel_walk(*link) : -errno;
}

int kernel_emit_unfinished(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	int err = walk_with(skel->progs.emit_deleted, &skel->links.emit_deleted);
	if (err || kernel_tasks_alive(kernel) == 0)
		return err;
	err = walk_with(skel->progs.emit_runs, &skel->links.emit_runs);
	if (!err)
		err = walk_with(skel->progs.emit_unfinished_phases, &skel->links.emit_unfinished_phases);
	return err ? err : walk_with(skel->progs.emit_unfinished, &skel->links.emit_unfinished);
}

void kernel_detach(struct kernel *kernel)
{
	kernel_probes_detach(kernel);
	for (enum hook hook = 0; hook < HOOKS; hook++)
		hook_detach(kernel, hook);
	if (kernel->events >= 0)
		close(kernel->events);
	kernel->events = -1;
	io_hooks_detach(kernel);
	entries_detach(kernel);
	bundletrace_bpf__detach(kernel->skel);
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	if (kernel->skel)
		kernel_detach(kernel);
	attach_forget(kernel);
	kernel_phases_free(kernel);
	pthread_mutex_destroy(&kernel->binaries_lock);
	kernel_rings_free(kernel);
	bundletrace_bpf__destroy(kernel->skel);
	free(kernel);
}

int kernel_attach(struct kernel *kernel)
{
	int err = entries_attach(kernel);
	if (err)
		return err;
	for (enum hook hook = 0; hook < HOOKS; hook++) {
		if (hook == HOOK_USE_CALL || !hook_loaded(kernel, hook))
			continue;
		err = hook_attach(kernel, hook);
		if (err) {
			requirements_explain(hook_name(kernel, hook), err);
			return err;
		}
	}
	io_hooks_attach(kernel);
	block_hooks_attach(kernel);
	sched_hooks_attach(kernel);
	return 0;
}

struct bundletrace_bpf *kernel_skeleton(const struct kernel *kernel)
{
	return kernel->skel;
}

bool kernel_attaches_probes(const struct kernel *kernel)
{
	return kernel->app || kernel->phases;
}

bool kernel_reads_counters(const struct kernel *kernel)
{
	return kernel->live;
}

int kernel_add_list(struct kernel *kernel, pid_t pid, uint64_t list)
{
	int map = bpf_map__fd(kernel->skel->maps.live_lists);
	struct live_lists lists = { { 0 } };
	bool known = bpf_map_lookup_elem(map, &pid, &lists) == 0;
	unsigned i = 0;
	while (i < LIVE_LISTS && lists.list[i] && lists.list[i] != list)
		i++;
	if (i == LIVE_LISTS)
		return -E2BIG;
	if (lists.list[i])
		return -EEXIST;
	lists.list[i] = list;
	return bpf_map_update_elem(map, &pid, &lists, known ? BPF_EXIST : BPF_NOEXIST) ? -errno : 0;
}

int kernel_lists(struct kernel *kernel, int (*each)(void *ctx, pid_t pid, uint64_t list), void *ctx)
{
	int map = bpf_map__fd(kernel->skel->maps.live_lists), err = 0;
	pid_t pid, *before = NULL;
	struct live_lists lists;
	while (!err && bpf_map_get_next_key(map, before, &pid) == 0) {
		bool known = bpf_map_lookup_elem(map, &pid, &lists) == 0;
		for (unsigned i = 0; known && !err && i < LIVE_LISTS && lists.list[i]; i++)
			err = each(ctx, pid, lists.list[i]);
		before = &pid;
	}
	return err;
}

struct rings *kernel_rings(const struct kernel *kernel)
{
	return kernel->rings;
}

unsigned long kernel_children_left(const struct kernel *kernel)
{
	return __atomic_load_n(&kernel->skel->bss->children_left, __ATOMIC_ACQUIRE);
}
