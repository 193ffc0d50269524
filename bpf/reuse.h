/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Descriptors that are closed. The exit of a call comes too late for the file of a descriptor that the call has closed: it
 * is taken at the entry. And files of other calls are looked up when they return: where tasks share their table of
 * descriptors, another task may have closed the descriptor meanwhile, and its number may be another file's. So what is
 * removed from shared tables is noted, and a call that such a removal may have overlapped shows no file.
 */
#ifndef BPF_REUSE_H
#define BPF_REUSE_H

#include "call.h"
#include "file.h"

#define NR_CLOSE       3
#define NR_DUP2        33
#define NR_DUP3        292
#define NR_CLOSE_RANGE 436

#define REMOVALS 32768
#define RANGES   REMOVALS /* the slot of close_range, for all descriptors */
#define JUST_NOW 50000    /* ns: a call whose begin is not known may have begun before what happened since */

/* The removals of the descriptors that share a slot. */
struct removal {
	u64 any_ns;  /* the end of the last one */
	u64 held_ns; /* the same, of a file that had other users, such as a call under way */
	u64 pending; /* calls that are removing one now */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REMOVALS + 1);
	__type(key, u32);
	__type(value, struct removal);
} removals __weak SEC(".maps");

/* Not 0: a descriptor has been removed from a shared table. */
__u64 descriptors_removed __weak = 0;

/* Descriptors of one table have slots of their own, since their numbers are small. */
static __always_inline u32 removal_slot(u64 files, s32 fd)
{
	return fd < 0 ? RANGES : ((files * 0x9e3779b97f4a7c15 >> 32) + fd) & (REMOVALS - 1);
}

static __always_inline bool table_is_shared(struct files_struct *files)
{
	return BPF_CORE_READ(files, count.counter) > 1;
}

/* True if not only one descriptor refers to the file. */
static __always_inline bool file_is_held(struct file *file)
{
	if (bpf_core_field_exists(file->f_ref))
		return BPF_CORE_READ(file, f_ref.refcnt.counter) > 0;
	return BPF_CORE_READ((struct file___before_6_13 *)file, f_count.counter) > 1;
}

/* ---- calls that close ---- */

/* The descriptor that a call closes; -1: more than one. */
static __always_inline s32 closing_fd(const struct pt_regs *regs, u64 nr)
{
	switch (nr) {
	case NR_CLOSE:
		return call_arg(regs, 0);
	case NR_DUP2:
	case NR_DUP3:
		return call_arg(regs, 1);
	}
	return -1;
}

/* The same file as one that the task's calls are summed up for. */
static __always_inline bool closing_run(struct task_state *state, u64 ino, const struct io_run *run)
{
	if (run->inode != state->closing_inode || run->sums.id.ino != ino)
		return false;
	state->closes.id = run->sums.id;
	return true;
}

/* Fills state->closes. */
static __always_inline void closing_identify(
	struct task_struct *task, struct task_state *state, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u64 ino = BPF_CORE_READ(inode, i_ino);
	state->closing_inode = (u64)inode;
	if (!emit_calls && (closing_run(state, ino, &state->runs[IO_RUN_READ]) ||
				   closing_run(state, ino, &state->runs[IO_RUN_WRITE])))
		return;
	file_identify(task, file, &state->closes, false, false);
}

/* The entry of a call that closes, `nr`. */
static __always_inline void closing_begins(
	struct task_struct *task, struct task_state *state, const struct pt_regs *regs, u64 nr)
{
	s32 fd = closing_fd(regs, nr);
	bool range = nr == NR_CLOSE_RANGE;
	struct file *file = fd < 0 ? NULL : file_of(task, fd, false);
	state->closes.id.ino = 0;
	/* nothing is closed: a bad descriptor, a free one, or the file stays what it is */
	if ((!range && !file) || (nr != NR_CLOSE && !range && (s32)call_arg(regs, 0) == fd))
		return;
	state->closing_fd = fd;
	if (file && nr < SYSCALL_MAX && call_specs[nr].flags & CALL_WANTED)
		closing_identify(task, state, file);
	struct files_struct *files = BPF_CORE_READ(task, files);
	u32 slot = removal_slot((u64)files, fd);
	struct removal *removal = table_is_shared(files) ? bpf_map_lookup_elem(&removals, &slot) : NULL;
	if (!removal)
		return;
	descriptors_removed = 1;
	__sync_fetch_and_add(&removal->pending, 1);
	state->closing_slot = slot + 1;
	state->closing_held = !file || file_is_held(file);
	state->closing_ns = bpf_ktime_get_ns();
}

/* The exit of a call that closes. */
static __always_inline void closing_ends(struct task_state *state, const struct pt_regs *regs, u64 nr)
{
	u32 slot = state->closing_slot - 1, ranges = RANGES;
	if (state->closing_fd != closing_fd(regs, nr))
		state->closes.id.ino = 0; /* of a call whose exit was not seen */
	if (!state->closing_slot)
		return;
	state->closing_slot = 0;
	struct removal *removal = bpf_map_lookup_elem(&removals, &slot);
	struct removal *range = bpf_map_lookup_elem(&removals, &ranges);
	if (!removal || !range)
		return;
	/* between the entry and now the descriptor may have become another file's */
	if (removal->pending > 1 || removal->any_ns >= state->closing_ns || range->pending ||
		range->any_ns >= state->closing_ns)
		state->closes.id.ino = 0;
	u64 now = bpf_ktime_get_ns();
	removal->any_ns = now;
	if (state->closing_held)
		removal->held_ns = now;
	__sync_fetch_and_add(&removal->pending, -1);
}

/* ---- other calls ---- */

/* The entry of a call: a mark of the file that the descriptor in an argument has now; 0: the table is not shared. */
static __always_inline u64 descriptor_mark(struct task_struct *task, const struct pt_regs *regs, s32 fd_arg)
{
	if (fd_arg < 0 || !table_is_shared(BPF_CORE_READ(task, files)))
		return 0;
	return (u64)file_of(task, (s32)call_arg(regs, fd_arg), false);
}

/* The exit of a call whose entry is not observed. */
static __always_inline void descriptors_seen(struct task_state *state, u64 now)
{
	if (!time_calls && descriptors_removed)
		state->last_ns = now;
}

static __always_inline bool removal_overlaps(u32 slot, u64 enter_ns, u64 last_ns)
{
	struct removal *removal = bpf_map_lookup_elem(&removals, &slot);
	if (!removal || removal->pending)
		return true;
	if (!removal->any_ns)
		return false;
	if (enter_ns)
		return removal->any_ns >= enter_ns;
	return removal->any_ns + JUST_NOW >= bpf_ktime_get_ns() || removal->held_ns > last_ns;
}

/* True if the descriptor may have been another file's when the call used it. `enter_ns`: when the call began; 0: not
 * observed. */
static __noinline __attribute__((unused)) bool descriptor_is_doubtful(
	struct task_struct *task, const struct task_state *state, s32 fd, u64 enter_ns)
{
	u32 slot = removal_slot((u64)BPF_CORE_READ(task, files), fd);
	return removal_overlaps(slot, enter_ns, state->last_ns) ||
	       removal_overlaps(RANGES, enter_ns, state->last_ns);
}

#endif
