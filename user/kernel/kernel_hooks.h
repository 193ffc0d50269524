/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks of system calls, processes and requests of io_uring, most with two programs: one for the BTF tracepoint and one for the
 * classic tracepoint of the same name (entries of single calls have only classic ones). Where the kernel can preempt a task
 * while programs run at a BTF tracepoint, it skips them for other tasks meanwhile; at a classic one, which costs more, it
 * cannot. Linux 7.0 and 7.1 can at all but those of system calls, and 7.2 at these too.
 */
#ifndef USER_KERNEL_KERNEL_HOOKS_H
#define USER_KERNEL_KERNEL_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

struct kernel;

/* In the order in which they are attached, and run: the calls of exec and exit are emitted
 * before the exec, or the end, of their process. */
enum hook {
	HOOK_SIGNAL,
	HOOK_EXEC_BEGINS,
	HOOK_EXEC_RENAMES, /* HOOK_EXEC_BEGINS for Linux before 6.10 */
	HOOK_FORK,
	HOOK_LIVE_FORK,
	HOOK_EXEC,
	HOOK_LIVE_EXEC,
	HOOK_EXIT_CALL,
	HOOK_LIVE_EXIT,
	HOOK_EXIT,
	HOOK_ENTER_CLOSE, /* the entries of calls that close, where those of all calls are not hooked */
	HOOK_ENTER_DUP2,
	HOOK_ENTER_DUP3,
	HOOK_ENTER_CLOSE_RANGE,
	HOOK_SYS_ENTER,
	HOOK_SYS_EXIT,
	HOOK_SYS_EXIT_NO_CAST, /* HOOK_SYS_EXIT for Linux before 6.2 */
	HOOK_URING_SUBMIT,
	HOOK_URING_SUBMIT_BEFORE, /* HOOK_URING_SUBMIT for Linux before 6.4 */
	HOOK_URING_COMPLETE,
	HOOK_URING_COMPLETE_NO_CAST, /* HOOK_URING_COMPLETE for Linux before 6.2 */
	HOOK_USE_CALL,
	HOOKS
};

/* An attached hook: descriptors to close. */
struct hook_link {
	int link;  /* -1: not attached */
	int event; /* of a classic tracepoint; or -1 */
};

/* How hooks are attached. */
enum hooks_way {
	HOOKS_BTF,
	HOOKS_CALLS_BTF, /* the entries and exits of all system calls at BTF tracepoints, all others at classic ones */
	HOOKS_CLASSIC,
};

/* How hooks are to be attached, as far as can be told before the programs are loaded: a wrong guess only makes
 * the start longer. What the environment's BUNDLETRACE_HOOKS says (btf, classic) is not doubted afterwards: *forced. */
enum hooks_way hooks_guess(bool *forced);

/* How they have to be attached so that none is skipped, as far as that is possible. */
enum hooks_way hooks_needed(enum hooks_preemption preemption, enum hooks_way guessed);

/* True if the kernel's classic tracepoints can be attached to: tracefs is mounted and may be read, and
 * kernel.perf_event_paranoid lets this process (3, as on Debian, takes CAP_SYS_ADMIN). */
bool hooks_classic_there(void);

/* True if the kernel has a tracepoint, such as "sched/sched_process_exec". */
bool hooks_tracepoint_there(const char *tracepoint);

/* True if the entries of single calls can be hooked: tracefs tells their numbers. */
bool hooks_single_calls_there(void);

/* Selects which hooks are loaded, before the programs are; kernel->way says how. */
void hooks_configure(struct kernel *kernel, const bool wanted[HOOKS]);

/* True if the hook is loaded. */
bool hook_loaded(const struct kernel *kernel, enum hook hook);

/* True if the hook is attached. */
bool hook_attached(const struct kernel *kernel, enum hook hook);

/* Attaches a hook, which must be loaded and not attached, or detaches it if it is attached. 0 or -errno. */
int hook_attach(struct kernel *kernel, enum hook hook);
void hook_detach(struct kernel *kernel, enum hook hook);

/* The name of a hook's program. */
const char *hook_name(const struct kernel *kernel, enum hook hook);

/* Asks the kernel whether hooks at BTF tracepoints can be preempted, once the programs are loaded and
 * find_pid_namespace has run. */
enum hooks_preemption hooks_find_preemption(struct kernel *kernel);

/* Adds to `skipped`, by kind of event, how often the kernel skipped programs since they were loaded, in any task. */
void hooks_skipped(const struct kernel *kernel, uint64_t skipped[EVENT_KINDS]);

#endif
