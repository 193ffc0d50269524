/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Why a task adds a page to the page cache: because it was asked for, ahead of that, or to write to it. */
#ifndef BPF_PAGES_ASKED_H
#define BPF_PAGES_ASKED_H

#include "pages_run.h"

#define NR_READ    0
#define NR_PREAD64 17

#define NO_CALL (~0ull) /* orig_ax in a fault that the program itself has caused */

/* True if the page is beyond those that the fault under way is about. One on behalf of a call, such as mmap with
 * MAP_POPULATE, may be for more. */
static __always_inline bool ahead_of_fault(
	const struct task_state *state, const struct pt_regs *regs, u64 inode, u64 start, u64 end)
{
	u64 from = state->fault_start, to = from + state->fault_bytes;
	bool known = state->runs[IO_RUN_FAULT].inode == inode && !(state->fault_flags & FAULT_AROUND);
	return known && regs->orig_ax == NO_CALL && (start >= to || end <= from);
}

/* True if the page is beyond what read or pread64 asked for. */
static __always_inline bool ahead_of_read(
	struct task_struct *task, const struct pt_regs *regs, struct inode *inode, u64 start, u64 end)
{
	struct file *file = file_of(task, (s32)regs->di, false);
	if (!file || BPF_CORE_READ(file, f_inode) != inode)
		return false;
	u64 from = regs->orig_ax == NR_PREAD64 ? regs->r10 : (u64)BPF_CORE_READ(file, f_pos);
	return start >= from + regs->dx || end <= from;
}

/* Not inlined: what follows needs the stack. */
static __noinline u32 op_of_add(
	struct task_struct *task, struct task_state *state, struct inode *inode, u64 start, u64 end)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (task->flags & WORKER_FLAGS || task->thread_info.status & TS_COMPAT)
		return PAGES_ADDED;
	bool ahead = false;
	if (state->fault_ns && state->fault_begun == 1 + task->min_flt + task->maj_flt)
		ahead = ahead_of_fault(state, regs, (u64)inode, start, end);
	else if (regs->orig_ax == NR_READ || regs->orig_ax == NR_PREAD64)
		ahead = ahead_of_read(task, regs, inode, start, end);
	else if (fill_is_write(task, inode))
		return PAGES_WRITTEN;
	return ahead ? PAGES_READ_AHEAD : PAGES_ADDED;
}

/* Ends the task's run and begins one of this file. The kernel side then knows the file by its inode, for what is deleted. */
static __noinline int added_begins(struct task_struct *task, struct task_state *state, struct inode *inode)
{
	struct pages_run *run = &state->added;
	struct inode_key key = { .ino = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	pages_end(task, run);
	inode_identify(task, state, inode, &run->pages.id);
	u32 name = run->pages.id.name;
	bpf_map_update_elem(&inode_names, &key, &name, BPF_NOEXIST);
	pages_begin(run, (u64)inode, task);
	return RETURN_ZERO;
}

#endif
