// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The io layer: what is summed up for each file beside calls and faults. The pages that a task adds to the page cache, and
 * how long it waits for the disk.
 */
#include "pages_asked.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* ---- pages that are added ---- */

/* The state of a task that works for a traced process inside the kernel: it is no child of fork, and begins when it is
 * first seen. */
static __always_inline struct task_state *worker_state(struct task_struct *task)
{
	if (!(task->flags & WORKER_FLAGS) || !traced_state(task->group_leader))
		return NULL;
	struct task_state *state = bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (state)
		__sync_fetch_and_or(&state->flags, TASK_TRACED);
	else
		event_lost(EVENT_FILE_IO, LOST_STATE);
	return state;
}

static __noinline int fill_begins(
	struct task_struct *task, struct task_state *state, struct inode *inode, u64 start)
{
	struct io_run *run = &state->runs[IO_RUN_FILL];
	if (!is_run_of(run, (u64)inode, BPF_CORE_READ(inode, i_ino))) {
		io_end(task, run, FILE_IO_FILL);
		inode_identify(task, state, inode, &run->sums.id);
		run->inode = (u64)inode;
	} else if (!io_emit(task, run, FILE_IO_FILL)) {
		run->sums.flags |= FILE_IO_SCATTERED;
		return RETURN_ZERO;
	}
	io_reset(run, start);
	run->sums.begun_ns = bpf_ktime_get_ns();
	return RETURN_ZERO;
}

/* The same pages, one run for each way in which they were added; and whether the kernel had evicted them before. */
static __noinline int pages_added(
	struct task_struct *task, struct task_state *state, struct inode *inode, u64 start, u64 bytes)
{
	struct pages_run *run = &state->added;
	run->step.start = start;
	run->step.bytes = bytes;
	run->step.now = bpf_ktime_get_ns();
	run->step.op = op_of_add(task, state, inode, start, start + bytes);
	gone_note(inode, &run->step);
	if (!pages_go_on(run, (u64)inode, BPF_CORE_READ(inode, i_ino), tid_seen(task)))
		added_begins(task, state, inode);
	return RETURN_ZERO;
}

SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(on_fill, struct folio *folio)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!state)
		state = worker_state(task);
	if (!task_is_traced(state))
		return 0;
	struct address_space *mapping = BPF_CORE_READ(folio, mapping);
	struct inode *inode = BPF_CORE_READ(mapping, host);
	if (!is_file(inode))
		return 0;
	struct io_run *run = &state->runs[IO_RUN_FILL];
	u64 start = BPF_CORE_READ(folio, index) << PAGE_SHIFT, bytes = pages_of((u64)folio) << PAGE_SHIFT;
	if (see_pages)
		pages_added(task, state, inode, start, bytes);
	if (fill_is_write(task, inode))
		return 0;
	if (run->inode != (u64)inode || !run->sums.count || run->next != start ||
		run->sums.flags & FILE_IO_SCATTERED || run->sums.bytes >= IO_PAGES_BYTES)
		fill_begins(task, state, inode, start);
	run->sums.count++;
	run->sums.bytes += bytes;
	run->next = start + bytes;
	return 0;
}

/* ---- waits for the disk ---- */

__u64 disk_waiters = 0; /* traced tasks that wait: other switches than theirs cost a load and a branch */

static __always_inline void wait_begins(struct task_struct *task)
{
	struct task_state *state = traced_state(task);
	if (!state || state->wait_from)
		return;
	state->wait_from = bpf_ktime_get_ns();
	__sync_fetch_and_add(&disk_waiters, 1);
}

/* A fault that waits takes time, whether the kernel counts it as major or not (another task reads its page). */
static __always_inline void wait_in_fault(struct task_state *state, u64 ns)
{
	struct event_file_io *sums = &state->runs[IO_RUN_FAULT].sums;
	sums->wait_ns += ns;
	sums->total_ns += ns;
	state->fault_waited += ns;
}

/* A wait belongs to the fault that the task is in, or else to its call. */
static __always_inline void wait_ends(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!state || !state->wait_from)
		return;
	u64 ns = bpf_ktime_get_ns() - state->wait_from;
	state->wait_from = 0;
	__sync_fetch_and_add(&disk_waiters, -1);
	if (state->fault_ns && state->fault_begun == 1 + task->min_flt + task->maj_flt)
		wait_in_fault(state, ns);
	else if (!time_calls || state->enter_ns) /* else it is of no call that is observed */
		state->waited_ns += ns;
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (BPF_CORE_READ_BITFIELD(prev, in_iowait))
		wait_begins(prev);
	if (disk_waiters)
		wait_ends(next);
	return 0;
}

/* ---- the end ---- */

/* Emits what traced tasks have summed up. User space runs it once, after the end of the trace, when no hook changes it
 * any more. */
SEC("iter/task")
int emit_runs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *state = task ? task_state_get(task) : NULL;
	if (state && state->flags & TASK_TRACED)
		io_flush(task, state);
	return 0;
}
