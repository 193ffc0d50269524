/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Numbers of tasks. A task has a number in its own pid namespace and in each of its ancestors; records contain the
 * one in the tracer's namespace. */
#ifndef BPF_PIDS_H
#define BPF_PIDS_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>

/* The tracer's pid namespace. Level 0 is the initial namespace, whose numbers are members of the task itself. Set
 * before anything is attached. */
extern __u32 pid_level;
extern __u64 pid_namespace;

/* The entry of a pid in the namespace of level `level`, which must not be deeper than its own. */
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

/* The number that the struct pid at an address has in the tracer's namespace; 0, as in the kernel: it is not in that
 * namespace. Not static, so that it is verified once and not for every record. */
__weak int pid_number(u64 address)
{
	struct pid *pid = (struct pid *)address;
	return pid_is_seen(pid) ? BPF_CORE_READ(pid_at(pid, pid_level), nr) : 0;
}

static __always_inline u32 pid_seen(struct task_struct *task)
{
	return pid_number((u64)BPF_CORE_READ(task, thread_pid));
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
