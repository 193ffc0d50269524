// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The calls in which traced tasks sleep when the trace ends. User space runs the iterator once, after the end of
 * the trace: it costs the traced tasks nothing. Running tasks are skipped.
 */
#include "call.h"
#include "file.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void unfinished_file(struct task_struct *task, s32 fd, struct file_at *at)
{
	struct file *file = file_of(task, fd, false);
	if (!file)
		return;
	file_identify(task, file, at, false, false);
}

SEC("iter/task")
int emit_unfinished(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *state = task ? task_state_get(task) : NULL;
	if (!state || !(state->flags & TASK_TRACED))
		return 0;
	u64 nr = call_blocked_in(task);
	if (nr >= SYSCALL_MAX || !(call_specs[nr].flags & CALL_WANTED))
		return 0;
	/* with an entry hook: the call has ended already, and the task sleeps in work that follows it */
	if (time_calls && !state->enter_ns)
		return 0;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct file_at file = {};
	int fd_arg = call_specs[nr].fd_arg;
	if (fd_arg >= 0)
		unfinished_file(task, call_arg(regs, fd_arg), &file);
	struct event_syscall *record = event_reserve(task, EVENT_SYSCALL, sizeof(*record));
	if (!record)
		return 0;
	record->args[0] = regs->di;
	record->args[1] = regs->si;
	record->args[2] = regs->dx;
	record->args[3] = regs->r10;
	record->args[4] = regs->r8;
	record->args[5] = regs->r9;
	record->result = RESULT_UNFINISHED;
	record->duration_ns = NO_DURATION;
	record->file = file;
	record->nr = nr;
	record->more = 0;
	record->stack = 0;
	event_submit(record, false);
	return 0;
}
