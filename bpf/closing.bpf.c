// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The entries of the calls that close descriptors, where on_sys_enter is not attached. Hooks of single calls cost other
 * calls next to nothing.
 */
#include "reuse.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int enters(u64 nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (task_is_traced(state))
		closing_begins(task, state, (struct pt_regs *)bpf_task_pt_regs(task), nr);
	return 0;
}

SEC("tp/syscalls/sys_enter_close")
int on_enter_close(void *ctx)
{
	return enters(NR_CLOSE);
}

SEC("tp/syscalls/sys_enter_dup2")
int on_enter_dup2(void *ctx)
{
	return enters(NR_DUP2);
}

SEC("tp/syscalls/sys_enter_dup3")
int on_enter_dup3(void *ctx)
{
	return enters(NR_DUP3);
}

SEC("tp/syscalls/sys_enter_close_range")
int on_enter_close_range(void *ctx)
{
	return enters(NR_CLOSE_RANGE);
}
