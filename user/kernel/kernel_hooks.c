/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/base/numbers.h"
#include "kernel_inside.h"
#include "preempt_count.h"
#include "requirements.h"

enum { ASK_MAX = 100 };

static const struct {
	size_t btf, classic; /* offsets of the programs in the skeleton; 0: there is none. Not both are 0. */
	const char *tracepoint; /* the classic one */
	uint16_t kind;          /* of the event that is missing if the hook is skipped */
} table[HOOKS] = {
#define PROGRAM(name) offsetof(struct bundletrace_bpf, progs.name)
	[HOOK_SIGNAL] = { PROGRAM(on_signal), PROGRAM(on_signal_classic), "signal/signal_deliver",
		EVENT_SYSCALL },
	[HOOK_EXEC_BEGINS] = { PROGRAM(on_exec_begins), PROGRAM(on_exec_begins_classic),
		"sched/sched_prepare_exec", EVENT_SYSCALL },
	[HOOK_EXEC_RENAMES] = { PROGRAM(on_exec_renames), 0, NULL, EVENT_SYSCALL },
	[HOOK_FORK] = { PROGRAM(on_fork), PROGRAM(on_fork_classic), "sched/sched_process_fork", EVENT_FORK },
	[HOOK_LIVE_FORK] = { PROGRAM(live_fork), PROGRAM(live_fork_classic), "sched/sched_process_fork",
		EVENT_MODEL },
	[HOOK_EXEC] = { PROGRAM(on_exec), PROGRAM(on_exec_classic), "sched/sched_process_exec", EVENT_EXEC },
	[HOOK_LIVE_EXEC] = { PROGRAM(live_exec), PROGRAM(live_exec_classic), "sched/sched_prepare_exec",
		EVENT_MODEL },
	[HOOK_EXIT_CALL] = { PROGRAM(on_exit_call), PROGRAM(on_exit_call_classic), "sched/sched_process_exit",
		EVENT_SYSCALL },
	[HOOK_LIVE_EXIT] = { PROGRAM(live_exit), PROGRAM(live_exit_classic), "sched/sched_process_exit",
		EVENT_MODEL },
	[HOOK_EXIT] = { PROGRAM(on_exit), PROGRAM(on_exit_classic), "sched/sched_process_exit", EVENT_EXIT },
	[HOOK_ENTER_CLOSE] = { 0, PROGRAM(on_enter_close), "syscalls/sys_enter_close", EVENT_SYSCALL },
	[HOOK_ENTER_DUP2] = { 0, PROGRAM(on_enter_dup2), "syscalls/sys_enter_dup2", EVENT_SYSCALL },
	[HOOK_ENTER_DUP3] = { 0, PROGRAM(on_enter_dup3), "syscalls/sys_enter_dup3", EVENT_SYSCALL },
	[HOOK_ENTER_CLOSE_RANGE] = { 0, PROGRAM(on_enter_close_range), "syscalls/sys_enter_close_range",
		EVENT_SYSCALL },
	[HOOK_SYS_ENTER] = { PROGRAM(on_sys_enter), PROGRAM(on_sys_enter_classic), "raw_syscalls/sys_enter",
		EVENT_SYSCALL },
	[HOOK_SYS_EXIT] = { PROGRAM(on_sys_exit), PROGRAM(on_sys_exit_classic), "raw_syscalls/sys_exit",
		EVENT_SYSCALL },
	[HOOK_SYS_EXIT_NO_CAST] = { PROGRAM(on_sys_exit_no_cast), 0, NULL, EVENT_SYSCALL },
	[HOOK_URING_SUBMIT] = { PROGRAM(on_uring_submit), PROGRAM(on_uring_submit_classic),
		"io_uring/io_uring_submit_req", EVENT_URING },
	[HOOK_URING_SUBMIT_BEFORE] = { PROGRAM(on_uring_submit_before), 0, NULL, EVENT_URING },
	[HOOK_URING_COMPLETE] = { PROGRAM(on_uring_complete), PROGRAM(on_uring_complete_classic),
		"io_uring/io_uring_complete", EVENT_URING },
	[HOOK_URING_COMPLETE_NO_CAST] = { PROGRAM(on_uring_complete_no_cast), 0, NULL, EVENT_URING },
	[HOOK_USE_CALL] = { PROGRAM(use_call), PROGRAM(use_call_classic), "raw_syscalls/sys_exit",
		EVENT_FILE },
#undef PROGRAM
};

static struct bpf_program *program_at(const struct kernel *kernel, size_t offset)
{
	return offset ? *(struct bpf_program **)((char *)kernel->skel + offset) : NULL;
}

/* True for the hooks of the entries and exits of all system calls. */
static bool is_call(enum hook hook)
{
	return hook == HOOK_SYS_ENTER || hook == HOOK_SYS_EXIT || hook == HOOK_SYS_EXIT_NO_CAST ||
	       hook == HOOK_USE_CALL;
}

/* True if a hook is attached to its classic tracepoint. */
static bool is_classic(const struct kernel *kernel, enum hook hook)
{
	return !table[hook].btf || kernel->way == HOOKS_CLASSIC ||
	       (kernel->way == HOOKS_CALLS_BTF && !is_call(hook));
}

static struct bpf_program *hook_program(const struct kernel *kernel, enum hook hook)
{
	return program_at(kernel, is_classic(kernel, hook) ? table[hook].classic : table[hook].btf);
}

/* --- which tracepoints --- */

/* The number by which perf knows a tracepoint, or -errno. Only tracefs tells it. */
static int tracepoint_number(const char *tracepoint)
{
	static const char *const folders[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	int err = -ENOENT;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char path[128], text[16] = "";
		uint64_t number;
		snprintf(path, sizeof(path), "%s/events/%s/id", folders[i], tracepoint);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			err = -errno;
			continue;
		}
		ssize_t got = read(fd, text, sizeof(text) - 1);
		close(fd);
		if (got > 0 && number_start(text, &number) && number <= INT32_MAX)
			return (int)number;
	}
	return err;
}

bool hooks_tracepoint_there(const char *tracepoint)
{
	if (tracepoint_number(tracepoint) >= 0)
		return true;
	if (tracepoint_number("sched/sched_process_exec") >= 0)
		return false;
	/* without tracefs; the kernel's types are read as a whole for this, which takes time */
	return libbpf_find_vmlinux_btf_id(strchr(tracepoint, '/') + 1, BPF_TRACE_RAW_TP) > 0;
}

bool hooks_single_calls_there(void)
{
	return tracepoint_number(table[HOOK_ENTER_CLOSE].tracepoint) >= 0;
}

/* True if tasks are ever preempted inside the kernel: its build says so in the version. */
static bool kernel_preempts(void)
{
	struct utsname name;
	return uname(&name) || strstr(name.version, "PREEMPT");
}

/* The perf event of a classic tracepoint, or -errno. It stays disabled: programs run at it all the same, and nothing is
 * done for the event itself. */
static int open_classic(const char *tracepoint)
{
	int number = tracepoint_number(tracepoint);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = (uint64_t)number,
		.disabled = 1,
	};
	if (number < 0)
		return number;
	int event = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return event < 0 ? -errno : event;
}

bool hooks_classic_there(void)
{
	int event = open_classic("raw_syscalls/sys_exit");
	if (event >= 0)
		close(event);
	return event >= 0;
}

enum hooks_way hooks_guess(bool *forced)
{
	const char *said = getenv("BUNDLETRACE_HOOKS");
	bool classic = said && strcmp(said, "classic") == 0;
	*forced = classic || (said && strcmp(said, "btf") == 0);
	if (*forced)
		return classic ? HOOKS_CLASSIC : HOOKS_BTF;
	if (!requirements_kernel(7, 0) || !kernel_preempts() || !hooks_classic_there())
		return HOOKS_BTF;
	return requirements_kernel(7, 2) ? HOOKS_CLASSIC : HOOKS_CALLS_BTF;
}

enum hooks_way hooks_needed(enum hooks_preemption preemption, enum hooks_way guessed)
{
	switch (preemption) {
	case PREEMPTION_DISABLED:
		return HOOKS_BTF;
	case PREEMPTION_OUTSIDE_CALLS:
		return hooks_classic_there() ? HOOKS_CALLS_BTF : HOOKS_BTF;
	case PREEMPTION_POSSIBLE:
		return hooks_classic_there() ? HOOKS_CLASSIC : HOOKS_BTF;
	case PREEMPTION_UNKNOWN:
		break;
	}
	return guessed;
}

enum hooks_preemption hooks_find_preemption(struct kernel *kernel)
{
	const volatile uint32_t *found = &kernel->skel->bss->hooks_preemption;
	if (!kernel_preempts())
		return PREEMPTION_DISABLED;
	int link = bpf_raw_tracepoint_open(NULL, bpf_program__fd(kernel->skel->progs.find_preemption));
	if (link < 0)
		return PREEMPTION_UNKNOWN;
	/* the hook may itself be skipped */
	for (int i = 0; i < ASK_MAX && *found == PREEMPTION_UNKNOWN; i++)
		getppid();
	close(link);
	if (*found != PREEMPTION_POSSIBLE)
		return *found;
	/* it may be disabled all the same */
	enum hooks_preemption counted = preempt_count_ask();
	return counted == PREEMPTION_UNKNOWN ? PREEMPTION_POSSIBLE : counted;
}

void hooks_configure(struct kernel *kernel, const bool wanted[HOOKS])
{
	for (enum hook hook = 0; hook < HOOKS; hook++) {
		struct bpf_program *btf = program_at(kernel, table[hook].btf);
		struct bpf_program *classic = program_at(kernel, table[hook].classic);
		if (btf)
			bpf_program__set_autoload(btf, wanted[hook] && !is_classic(kernel, hook));
		if (classic)
			bpf_program__set_autoload(classic, wanted[hook] && is_classic(kernel, hook));
		kernel->hooks[hook] = (struct hook_link){ -1, -1 };
	}
}

/* --- attaching --- */

bool hook_loaded(const struct kernel *kernel, enum hook hook)
{
	const struct bpf_program *program = hook_program(kernel, hook);
	return program && bpf_program__autoload(program);
}

bool hook_attached(const struct kernel *kernel, enum hook hook)
{
	return kernel->hooks[hook].link >= 0;
}

const char *hook_name(const struct kernel *kernel, enum hook hook)
{
	return bpf_program__name(hook_program(kernel, hook));
}

/*
 * Keeps the perf event of a hook until a map of the kernel is freed, besides its descriptor. The kernel takes some 50 ms to
 * free such an event, one after the other, and whoever closes the last descriptor waits for that; what a map leaves behind is
 * freed by a thread of the kernel. The program is detached with its link, at once. That it cannot be kept is no error.
 */
static void event_outlives(struct kernel *kernel, enum hook hook, int event)
{
	__u32 index = hook;
	if (kernel->events < 0)
		kernel->events = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "hook_events", sizeof(index),
			sizeof(event), HOOKS, NULL);
	if (kernel->events >= 0)
		bpf_map_update_elem(kernel->events, &index, &event, BPF_ANY);
}

static int attach_classic(struct kernel *kernel, enum hook hook, int program, struct hook_link *to)
{
	to->event = open_classic(table[hook].tracepoint);
	if (to->event < 0)
		return to->event;
	event_outlives(kernel, hook, to->event);
	to->link = bpf_link_create(program, to->event, BPF_PERF_EVENT, NULL);
	return to->link < 0 ? to->link : 0;
}

int hook_attach(struct kernel *kernel, enum hook hook)
{
	struct hook_link *to = &kernel->hooks[hook];
	int program = bpf_program__fd(hook_program(kernel, hook)), err = 0;
	if (is_classic(kernel, hook))
		err = attach_classic(kernel, hook, program, to);
	else
		to->link = bpf_raw_tracepoint_open(NULL, program);
	if (!err && to->link < 0)
		err = to->link;
	if (err)
		hook_detach(kernel, hook);
	return err;
}

void hook_detach(struct kernel *kernel, enum hook hook)
{
	struct hook_link *link = &kernel->hooks[hook];
	if (link->link >= 0)
		close(link->link);
	if (link->event >= 0) {
		__u32 index = hook;
		close(link->event);
		bpf_map_delete_elem(kernel->events, &index);
	}
	*link = (struct hook_link){ -1, -1 };
}

/* --- skipped --- */

/* How often the kernel skipped a program. Counted without run-time statistics too. */
static uint64_t skipped_runs(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = bpf_program__fd(program);
	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.recursion_misses : 0;
}

/* True for the programs of io_hooks.h. */
static bool sums_io(const struct bundletrace_bpf *skel, const struct bpf_program *program)
{
	return program == skel->progs.on_filemap_fault || program == skel->progs.on_filemap_map ||
	       program == skel->progs.on_mm_filemap_fault || program == skel->progs.on_mm_filemap_map ||
	       program == skel->progs.on_major_fault || program == skel->progs.on_fill ||
	       program == skel->progs.on_switch;
}

/* The kind of the events that a program makes; that of `file` for what counts uses of files. */
static uint16_t kind_of_program(const struct kernel *kernel, const struct bpf_program *program)
{
	for (enum hook hook = 0; hook < HOOKS; hook++)
		if (program == program_at(kernel, table[hook].btf) ||
			program == program_at(kernel, table[hook].classic))
			return table[hook].kind;
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
		if (program == kernel_app_program(kernel, KIND_OF_PROBE(probe)))
			return KIND_OF_PROBE(probe);
	if (program == kernel->skel->progs.on_minor_fault)
		return EVENT_FAULT;
	if (program == kernel->skel->progs.on_delete)
		return EVENT_PAGES;
	if (block_hooks_has(kernel->skel, program))
		return EVENT_BLOCK;
	if (sched_hooks_has(kernel->skel, program))
		return EVENT_SCHED;
	if (sums_io(kernel->skel, program))
		return EVENT_FILE_IO;
	return program == kernel->skel->progs.app_probe ? EVENT_APP_HIT : EVENT_FILE;
}

void hooks_skipped(const struct kernel *kernel, uint64_t skipped[EVENT_KINDS])
{
	const struct bpf_program *program = NULL;
	while ((program = bpf_object__next_program(kernel->skel->obj, (struct bpf_program *)program))) {
		uint64_t runs = skipped_runs(program);
		if (runs && program != kernel->skel->progs.find_preemption)
			skipped[kind_of_program(kernel, program)] += runs;
	}
}
