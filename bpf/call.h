/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A system call's number and arguments, from the registers with which its task entered the kernel. */
#ifndef BPF_CALL_H
#define BPF_CALL_H

#include "core.h"

#define NR_EXECVE   59
#define NR_EXECVEAT 322

#define TS_COMPAT   2 /* arch/x86/include/asm/thread_info.h */
#define PF_EXITING  4 /* include/linux/sched.h */
#define TASK_SLEEPS 3 /* the same: TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE */

/* A call that returns. */
struct call_end {
	struct file_at file;
	s64 result;
	u64 enter_ns;
	u32 nr;
	u32 stack;
};

static __always_inline u64 call_arg(const struct pt_regs *regs, int index)
{
	switch (index) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	case 5:
		return regs->r9;
	}
	return 0;
}

/* Keeps a call's arguments for scratch_arg(). */
static __always_inline void scratch_keep_args(struct scratch *scratch, const struct pt_regs *regs)
{
	scratch->args[0] = regs->di;
	scratch->args[1] = regs->si;
	scratch->args[2] = regs->dx;
	scratch->args[3] = regs->r10;
	scratch->args[4] = regs->r8;
	scratch->args[5] = regs->r9;
}

/* One of them; 0 for an index of -1. Without branches, each of which doubles what the verifier has to go through. */
static __always_inline u64 scratch_arg(const struct scratch *scratch, int index)
{
	return scratch->args[index & (ARGS_ROOM - 1)];
}

/*
 * The number of the system call in which a task sleeps; its registers do not change meanwhile. A value of
 * SYSCALL_MAX or more: the task runs, or does not sleep in a call. A task that is in the kernel for another
 * reason, such as a page fault, has -1 as its call number.
 */
static __always_inline u64 call_blocked_in(struct task_struct *task)
{
	if (!(task->__state & TASK_SLEEPS) || task->flags & PF_EXITING ||
		task->thread_info.status & TS_COMPAT)
		return SYSCALL_MAX;
	return ((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;
}

#endif
