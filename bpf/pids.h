/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The numbers of tasks: a task has one in its own pid namespace and one in each of those above. What is shown
 * is what the tracer's namespace has for it. */
#ifndef BPF_PIDS_H
#define BPF_PIDS_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>

/* The tracer's pid namespace. On level 0 is the first one, whose numbers stand in the task itself. Set before
 * anything is attached. */
extern __u32 pid_level;
extern __u64 pid_namespace;

/* A task's number in the namespace of that level, of those it is in. */
static __always_inline struct upid *pid_at(struct pid *pid, u32 level)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

static __always_inline u32 pid_own_level(struct pid *pid)
{
	return BPF_CORE_READ(pid, level);
}

static __always_inline bool pid_is_seen(struct pid *pid)
{
	return pid_own_level(pid) >= pid_level &&
	       (u64)BPF_CORE_READ(pid_at(pid, pid_level), ns) == pid_namespace;
}

/* 0, as the kernel has it: it is not in the tracer's namespace. */
static __always_inline u32 pid_seen(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	return pid_is_seen(pid) ? BPF_CORE_READ(pid_at(pid, pid_level), nr) : 0;
}

static __always_inline u32 tid_seen(struct task_struct *task)
{
	return pid_level ? pid_seen(task) : task->pid;
}

static __always_inline u32 tgid_seen(struct task_struct *task)
{
	return pid_level ? pid_seen(BPF_CORE_READ(task, group_leader)) : task->tgid;
}

#endif
