// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Whether hooks can be preempted. Up to Linux 6.18 a tracepoint disables preemption while programs run at it. Later ones
 * only keep the task on its CPU, and there the kernel skips a program that has been preempted on a CPU, for all other
 * tasks on it, until that one goes on: events are missing. The classic tracepoints still disable preemption, but cost
 * more. So user space asks: it attaches this program, makes a system call, and detaches it. The number that says how
 * deep preemption is disabled cannot be read on every kernel, but whether the task is kept from migrating can: where it
 * is not, preemption is disabled. Some kernels do both at system calls; user/kernel/preempt_count.c tells those.
 */
#include "core.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

extern __u64 tracer;
__u32 hooks_preemption = PREEMPTION_UNKNOWN;

SEC("tp_btf/sys_exit")
int BPF_PROG(find_preemption)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if ((u64)task != tracer || !bpf_core_field_exists(task->migration_disabled))
		return 0;
	hooks_preemption = task->migration_disabled ? PREEMPTION_POSSIBLE : PREEMPTION_DISABLED;
	return 0;
}
