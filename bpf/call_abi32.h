/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System calls of 32-bit programs, whose numbers and arguments are others. */
#ifndef BPF_CALL_ABI32_H
#define BPF_CALL_ABI32_H

#include "call_emit.h"

#define NR32_EXIT       1 /* in the 32-bit table */
#define NR32_CLONE      120
#define NR32_EXIT_GROUP 252

/* An argument of a 32-bit call. */
static __always_inline u64 abi32_arg(const struct pt_regs *regs, int index)
{
	switch (index) {
	case 0:
		return (u32)regs->bx;
	case 1:
		return (u32)regs->cx;
	case 2:
		return (u32)regs->dx;
	case 3:
		return (u32)regs->si;
	case 4:
		return (u32)regs->di;
	case 5:
		return (u32)regs->bp;
	}
	return 0;
}

/* Emits a 32-bit call. What its pointers lead to is laid out in another way: of that, only paths are taken. Uses no
 * CAST(), as call_emit_more. */
static __noinline int call_abi32(
	struct pt_regs *regs, struct task_struct *task, struct task_state *state, s64 result)
{
	u64 number = (u32)regs->orig_ax, nr = SYSCALL_OTHER;
	barrier_var(number); /* the verifier has to see this very value compared */
	if (number < SYSCALL_MAX)
		nr = abi32_calls[number];
	barrier_var(nr);
	nr &= SYSCALL_MAX - 1;
	const volatile struct call_spec *spec = &call_specs[nr];
	struct call_end end = { .result = result, .enter_ns = state->enter_ns, .nr = nr };
	bool newborn = state->flags & TASK_NEWBORN;
	struct scratch *scratch = scratch_get();
	if (!scratch)
		return 0;
	state->enter_ns = 0;
	__sync_fetch_and_and(&state->flags, ~TASK_NEWBORN);
	if (newborn && result == 0 && (spec->flags & CALL_FORKS || number == NR32_CLONE))
		return 0;
	if (nr == SYSCALL_OTHER)
		end.file.pos = NUMBER_ABI32 | number;
	bool executed = nr == NR_EXECVE && result == 0;
	bool emit = emit_calls && detail < DETAIL_COUNT;
	if (emit && !executed && spec->fd_arg >= 0)
		call_other_file(state, scratch, &end.file, abi32_arg(regs, spec->fd_arg), 0, end.enter_ns);
	struct file_at *other = &state->other;
	*other = (struct file_at){};
	if (emit && spec->flags & CALL_RETURNS_FD)
		call_other_file(state, scratch, other, result,
			OTHER_FRESH | (spec->flags & CALL_OPENS ? OTHER_OPENED : 0), end.enter_ns);
	if (!(spec->flags & CALL_WANTED))
		return 0;
	if (!emit) {
		call_count_only(&end);
		return 0;
	}
	u16 path = 0;
	if (spec->path_arg >= 0 && !executed)
		path = call_string(0, abi32_arg(regs, spec->path_arg));
	u32 len = path & (PATH_BYTES - 1);
	struct event_syscall_more *record;
	EVENT_WITH_STRINGS(record, struct event_syscall_more, task, EVENT_SYSCALL, scratch->bytes, len);
	if (!record) {
		call_count_only(&end);
		return 0;
	}
	call_fill(&record->call, regs, &end);
	descriptors_seen(state, record->call.head.time_ns);
	for (int i = 0; i < 6; i++)
		record->call.args[i] = abi32_arg(regs, i);
	record->call.more = 1;
	record->other = *other;
	record->string_bytes[0] = path;
	record->string_bytes[1] = 0;
	for (int i = 0; i < CALL_BLOCKS; i++)
		record->block_bytes[i] = 0;
	event_submit(record, false);
	return 0;
}

#endif
