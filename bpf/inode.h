/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files of which only the inode is known: those that the page cache tells of. */
#ifndef BPF_INODE_H
#define BPF_INODE_H

#include "call_files.h"
#include "io_run.h"
#include "pages.h"

#define PAGE_SHIFT 12

#define PF_IO_WORKER 0x10 /* include/linux/sched.h */
#define PF_USER_WORKER                                                                                       \
	0x4000 /* the same, from Linux 6.4 on; another flag before, of tasks that are not traced */
#define WORKER_FLAGS (PF_IO_WORKER | PF_USER_WORKER)

static __always_inline struct task_state *traced_state(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	return task_is_traced(state) ? state : NULL;
}

static __always_inline bool is_run_of(const struct io_run *run, u64 inode, u64 ino)
{
	return run->inode == inode && run->sums.id.ino == ino;
}

/* The mount by which a task most likely sees a file system: that of its root, or of its working directory. */
static __always_inline u64 mount_seen(struct task_struct *task, struct super_block *super)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct vfsmount *root = BPF_CORE_READ(fs, root.mnt), *here = BPF_CORE_READ(fs, pwd.mnt);
	if (BPF_CORE_READ(root, mnt_sb) == super)
		return (u64)root;
	return BPF_CORE_READ(here, mnt_sb) == super ? (u64)here : 0;
}

/* The dentry that a link of its inode's list of names is in; NULL: its layout is not known. */
static __always_inline struct dentry *dentry_of(struct hlist_node *alias)
{
	if (bpf_core_field_exists(((struct dentry *)0)->d_u.d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry, d_u.d_alias);
	if (bpf_core_field_exists(((struct dentry___of_7_2 *)0)->d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry___of_7_2, d_alias);
	return NULL;
}

/* Names a file that no call of the trace has used: the program that is executed, or by the inode's only name. 0: it has
 * several, or none. */
static __noinline int inode_name(struct task_struct *task, struct task_state *state, struct inode *inode)
{
	struct file *program = BPF_CORE_READ(task, mm, exe_file);
	if (program && BPF_CORE_READ(program, f_inode) == inode) {
		file_place(task, program, &state->place, false);
		return file_name(&state->place, false);
	}
	struct hlist_node *alias = BPF_CORE_READ(inode, i_dentry.first);
	u64 mount = mount_seen(task, BPF_CORE_READ(inode, i_sb));
	if (!alias || BPF_CORE_READ(alias, next) || !mount)
		return 0;
	struct dentry *dentry = dentry_of(alias);
	if (!dentry)
		return 0;
	path_place(&state->place, (u64)BPF_CORE_READ(task, fs), (u64)dentry, mount, (u64)inode);
	return file_name(&state->place, false);
}

/* The identity of a file of which only the inode is known: with the name that the trace has given it last. */
static __always_inline void inode_identify(
	struct task_struct *task, struct task_state *state, struct inode *inode, struct file_id *id)
{
	u64 ino = BPF_CORE_READ(inode, i_ino);
	struct file_id *known = NULL;
	if (is_run_of(&state->runs[IO_RUN_FAULT], (u64)inode, ino))
		known = &state->runs[IO_RUN_FAULT].sums.id;
	else if (is_run_of(&state->runs[IO_RUN_READ], (u64)inode, ino))
		known = &state->runs[IO_RUN_READ].sums.id;
	if (known) {
		*id = *known;
		return;
	}
	struct inode_key key = { .ino = ino, .dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	u32 *name = bpf_map_lookup_elem(&inode_names, &key);
	id->ino = key.ino;
	id->dev = key.dev;
	id->mode = BPF_CORE_READ(inode, i_mode);
	id->name = name ? *name : inode_name(task, state, inode);
}

static __always_inline bool is_file(struct inode *inode)
{
	return inode && (BPF_CORE_READ(inode, i_mode) & FILE_TYPE_MASK) == FILE_TYPE_REGULAR;
}

#endif
