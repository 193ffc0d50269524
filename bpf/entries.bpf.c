// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The entry of a call that replaces the size of a buffer, where on_sys_enter is not attached. It is attached to the
 * tracepoints of those calls alone, which costs other calls next to nothing.
 */
#include "entry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("?tp")
int on_enter_call(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 nr = (u32)regs->orig_ax;
	if (nr < SYSCALL_MAX && task_is_traced(state))
		call_enters(task, state, regs, nr, call_specs[nr].flags);
	return 0;
}
