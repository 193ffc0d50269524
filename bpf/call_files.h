/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The files of a system call: behind its descriptors, and the folder that its relative paths start from. */
#ifndef BPF_CALL_FILES_H
#define BPF_CALL_FILES_H

#include "reuse.h"
#include "stack_skip.h"

#define AT_FDCWD (-100) /* include/uapi/linux/fcntl.h */

/* Fills the identity of a file, and reports its path if user space does not know it. */
static __always_inline void call_place(
	struct task_state *state, struct file_place *place, bool opened, struct file_id *id)
{
	id->ino = place->facts.ino;
	id->dev = place->facts.dev;
	id->mode = place->mode;
	if (opened)
		stack_skip_forget(id->ino, STACK_SKIP_FILE(id->dev));
	/* most calls use the same file as the call before */
	if (opened || !state->seen_name || !same_key(&state->seen.key, &place->key) ||
		!same_facts(&state->seen.facts, &place->facts)) {
		u32 before = last_name;
		state->seen_name = file_name(place, opened);
		if (sum_files && last_name != before)
			inode_named(place, state->seen_name);
		state->seen = *place;
	}
	id->name = state->seen_name;
}

/* Finds the file of a descriptor. `before`: the mark of its file when the call began; 0: not known. */
static __always_inline void call_file(struct task_struct *task, struct task_state *state, s64 fd, bool opened,
	bool fresh, u64 enter_ns, u64 before, struct file_at *at, const bool cast)
{
	struct file_place *place = &state->place;
	struct file *file = file_of(task, (s32)fd, cast);
	if (!file || (before && before != (u64)file))
		return;
	/* A number that the call itself has made is its file's, unless a task closes it without having been given it; other
	 * calls often free that number right before. */
	if (!fresh && descriptors_removed && descriptor_is_doubtful(task, state, fd, enter_ns))
		return;
	at->pos = file_place(task, file, place, cast);
	call_place(state, place, opened, &at->id);
}

enum other_flag { OTHER_OPENED = 1, OTHER_FRESH = 2 };

/*
 * Finds the file of a descriptor that is not the call's first argument, of the task that runs; `flags`: enum other_flag, as
 * in call_file(). True: state->place has it, and the scratch buffer its position. Not static, so that it is verified once and
 * not for every caller and everything that is known there. It does not look for the name, which would take room on the
 * stack below this function's.
 */
__weak int call_other_place(s64 fd, u32 flags, u64 enter_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	struct scratch *scratch = scratch_get();
	struct file *file = state && scratch ? file_of(task, (s32)fd, false) : NULL;
	if (!file)
		return 0;
	if (!(flags & OTHER_FRESH) && descriptors_removed &&
		descriptor_is_doubtful(task, state, fd, enter_ns))
		return 0;
	scratch->pos = file_place(task, file, &state->place, false);
	return 1;
}

static __always_inline void call_other_file(struct task_state *state, const struct scratch *scratch,
	struct file_at *at, s64 fd, u32 flags, u64 enter_ns)
{
	if (!call_other_place(fd, flags, enter_ns))
		return;
	at->pos = scratch->pos;
	call_place(state, &state->place, flags & OTHER_OPENED, &at->id);
}

/* The working directory of the task that runs, in state->place. Not static, as above. */
__weak int call_folder_place(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!state)
		return 0;
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct dentry *dentry = BPF_CORE_READ(fs, pwd.dentry);
	path_place(&state->place, (u64)fs, (u64)dentry, (u64)BPF_CORE_READ(fs, pwd.mnt),
		(u64)BPF_CORE_READ(dentry, d_inode));
	return 1;
}

/* Finds it, for a path relative to it. */
static __always_inline void call_folder(struct task_state *state, struct file_at *at)
{
	if (call_folder_place())
		call_place(state, &state->place, false, &at->id);
}

/* True if the argument `fd_arg` is AT_FDCWD, and a path of the call is relative. */
static __always_inline bool call_is_here(int fd_arg, const struct scratch *scratch, const u16 paths[2])
{
	if (fd_arg < 0 || (s32)scratch_arg(scratch, fd_arg) != AT_FDCWD)
		return false;
	return (paths[0] && scratch->bytes[0] != '/') ||
	       (paths[1] && scratch->bytes[paths[0] & (PATH_BYTES - 1)] != '/');
}

#endif
