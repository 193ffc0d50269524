// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The sched layer: times that traced threads are off the CPU in a system call, in a fault, or in a load of a bundle. A
 * thread is first blocked, until it is woken, and then runnable, until it runs; one that is preempted is runnable from the
 * beginning. All switches of a CPU, and a task's wake-ups after them, happen under the lock of its queue: the fields of the
 * task's state that are used here have one writer at a time.
 */
#include "call.h"
#include "inode.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 off_tasks =
	0; /* traced threads off the CPU: without one, switches and wake-ups cost a load and a branch */

static __always_inline bool in_fault(struct task_struct *task, const struct task_state *state)
{
	return state->fault_ns && state->fault_begun == 1 + task->min_flt + task->maj_flt;
}

/* What the thread is in. A thread that is in no call has -1 as its call number. */
static __always_inline u16 off_place(struct task_struct *task, struct task_state *state)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	s64 nr = regs->orig_ax;
	state->off_nr = SYSCALL_MAX;
	if (in_fault(task, state))
		return OFF_IN_FAULT;
	if (nr < 0)
		return OFF_IN_USER;
	if (!(task->thread_info.status & TS_COMPAT) && nr < SYSCALL_MAX)
		state->off_nr = nr;
	return OFF_IN_CALL;
}

static __always_inline void off_begins(struct task_struct *task, bool preempt)
{
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state) || task->flags & (PF_EXITING | WORKER_FLAGS) || state->off_from)
		return;
	u64 now = bpf_ktime_get_ns();
	bool runs = preempt || task->__state == 0;
	u16 within = off_place(task, state);
	if (within == OFF_IN_USER && !runs)
		within =
			OFF_IN_FAULT; /* what blocks outside of calls is a fault in memory that is no file's */
	if (within == OFF_IN_USER && !state->loading)
		return;
	state->off_within = within;
	state->off_reason = runs                                      ? OFF_RUNNABLE
			    : BPF_CORE_READ_BITFIELD(task, in_iowait) ? OFF_DISK
								      : OFF_OTHER;
	state->off_woken = runs ? now : 0;
	state->off_from = now;
	__sync_fetch_and_add(&off_tasks, 1);
}

static __always_inline void off_emit(struct task_struct *task, const struct task_state *state, u64 now)
{
	struct event_sched *record = event_reserve(task, EVENT_SCHED, sizeof(*record));
	if (!record)
		return;
	u64 woken = state->off_woken ? state->off_woken : now;
	record->blocked_ns = woken - state->off_from;
	record->runnable_ns = now - woken;
	record->nr = state->off_nr;
	record->reason = state->off_reason;
	record->within = state->off_within;
	event_submit(record, false);
}

static __always_inline void off_ends(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!state || !state->off_from)
		return;
	u64 now = bpf_ktime_get_ns();
	if (task_is_traced(state) && detail == DETAIL_ALL)
		off_emit(task, state, now);
	state->off_from = 0;
	__sync_fetch_and_add(&off_tasks, -1);
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(on_off_cpu, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	off_begins(prev, preempt);
	if (off_tasks)
		off_ends(next);
	return 0;
}

SEC("?tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	struct task_state *state = off_tasks ? task_state_get(task) : NULL;
	if (state && state->off_from && !state->off_woken)
		state->off_woken = bpf_ktime_get_ns();
	return 0;
}
