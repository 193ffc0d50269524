/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is kept from the entry of a call because it is gone at the exit. */
#ifndef BPF_ENTRY_H
#define BPF_ENTRY_H

#include "reuse.h"

/* The size of a buffer: at the exit the size of what the kernel has for it is in its place, which may be larger. */
static __always_inline void length_begins(struct task_state *state, const struct pt_regs *regs, u64 nr)
{
	u32 length = 0;
	u64 at = call_arg(regs, call_specs[nr & (SYSCALL_MAX - 1)].length_arg);
	at += call_specs[nr & (SYSCALL_MAX - 1)].length_at;
	state->length = bpf_probe_read_user(&length, sizeof(length), (void *)at) ? 0 : 1 + (u64)length;
}

/* A timeout: at the exit the time that is left is in its place. */
static __always_inline void timeout_begins(struct task_state *state, const struct pt_regs *regs, u64 nr)
{
	u64 at = call_arg(regs, call_specs[nr & (SYSCALL_MAX - 1)].length_arg);
	state->length = !bpf_probe_read_user(state->timeout, sizeof(state->timeout), (void *)at);
}

/* The entry of call `nr`, which is not a 32-bit one. `flags`: enum call_flag. */
static __always_inline void call_enters(
	struct task_struct *task, struct task_state *state, const struct pt_regs *regs, u64 nr, u16 flags)
{
	if (task->thread_info.status & TS_COMPAT)
		return;
	if (flags & CALL_CLOSES)
		closing_begins(task, state, regs, nr);
	if (flags & CALL_TIMEOUT)
		timeout_begins(state, regs, nr);
	else if (flags & CALL_LENGTH)
		length_begins(state, regs, nr);
}

#endif
