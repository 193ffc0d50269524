/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files by identity: the file behind a descriptor and, the first time it is seen, its path. */
#ifndef BPF_FILE_H
#define BPF_FILE_H

#include "core.h"

#define FILE_TYPE_MASK   0170000
#define FILES_REPORTED   16384
#define FILE_TYPE_PIPE   0010000
#define FILE_TYPE_SOCKET 0140000
#define PATH_COMPONENTS  256

/* Files whose path has been reported to user space. */
struct file_key {
	u64 ino;
	u64 dev;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FILES_REPORTED);
	__type(key, struct file_key);
	__type(value, u8);
} files_reported __weak SEC(".maps");

/* `cast`: use plain loads. They go through CAST(), since the verifier otherwise spends half a millisecond on each
 * pointer loaded from a trusted one, to decide whether that is trusted too. */
static __always_inline struct file *file_of(struct task_struct *task, s64 fd, const bool cast)
{
	struct file *file = NULL, **files;
	if (cast) {
		struct fdtable *fdt = CAST(struct task_struct, task)->files->fdt;
		if (fd < 0 || fd >= fdt->max_fds)
			return NULL;
		files = fdt->fd;
	} else {
		struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
		if (fd < 0 || fd >= BPF_CORE_READ(fdt, max_fds))
			return NULL;
		files = BPF_CORE_READ(fdt, fd);
	}
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

static __always_inline void file_identify(struct file *file, struct file_at *at, const bool cast)
{
	if (cast) {
		struct file *typed = CAST(struct file, file);
		struct inode *inode = typed->f_inode;
		at->id.mode = inode->i_mode;
		at->id.dev = inode->i_sb->s_dev;
		at->id.ino = inode->i_ino;
		at->pos = typed->f_pos;
	} else {
		struct inode *inode = BPF_CORE_READ(file, f_inode);
		at->id.mode = BPF_CORE_READ(inode, i_mode);
		at->id.dev = BPF_CORE_READ(inode, i_sb, s_dev);
		at->id.ino = BPF_CORE_READ(inode, i_ino);
		at->pos = BPF_CORE_READ(file, f_pos);
	}
	/* eventfd, epoll and similar files share one inode; each has a dentry of its own */
	if (!(at->id.mode & FILE_TYPE_MASK))
		at->id.ino = (u64)BPF_CORE_READ(file, f_path.dentry);
}

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Prepends one component to the path; false at the root. (Uses local variables, because BPF_CORE_READ() would
 * also relocate accesses to the members of struct path_walk.) */
static __always_inline bool path_step(struct scratch *scratch)
{
	struct path_walk *walk = &scratch->walk;
	struct dentry *dentry = walk->dentry;
	struct mount *mount = walk->mount;
	if (dentry == walk->root_dentry && mount == walk->root_mount)
		return false;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || dentry == parent) {
		struct mount *up = BPF_CORE_READ(mount, mnt_parent);
		if (up == mount)
			return false;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = up;
		return true;
	}
	u32 len = BPF_CORE_READ(dentry, d_name.len) & 255;
	u64 start = walk->start;
	if (start < len + 1 || start > PATH_BYTES) {
		walk->cut = true;
		return false;
	}
	start -= len;
	bpf_probe_read_kernel(
		&scratch->bytes[start & (PATH_BYTES - 1)], len, BPF_CORE_READ(dentry, d_name.name));
	start--;
	scratch->bytes[start & (PATH_BYTES - 1)] = '/';
	walk->start = start;
	walk->dentry = parent;
	return true;
}

struct path_loop {
	struct scratch *scratch;
};

/* 1 ends the loop; the count that bpf_loop() returns includes that step. */
static int path_loop_step(u32 index, void *ctx)
{
	struct path_loop *loop = ctx;
	return !path_step(loop->scratch);
}

/* Writes the path of a file, absolute within its task's root, to the end of the first PATH_BYTES of the scratch
 * buffer. Returns the offset of its start; PATH_BYTES: the file has no path. */
static __always_inline u32 file_path(struct task_struct *task, struct file *file, struct scratch *scratch)
{
	struct path_walk *walk = &scratch->walk;
	walk->dentry = BPF_CORE_READ(file, f_path.dentry);
	walk->mount = mount_of(BPF_CORE_READ(file, f_path.mnt));
	walk->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	walk->root_mount = mount_of(BPF_CORE_READ(task, fs, root.mnt));
	walk->start = PATH_BYTES;
	walk->cut = false;
	struct path_loop loop = { scratch };
	if (bpf_loop(PATH_COMPONENTS, path_loop_step, &loop, 0) == PATH_COMPONENTS)
		walk->cut = true;
	return walk->start;
}

static __always_inline bool file_has_no_name(const struct file_id *id)
{
	u32 type = id->mode & FILE_TYPE_MASK;
	return type == FILE_TYPE_PIPE || type == FILE_TYPE_SOCKET;
}

/* Writes the name of a file that is in no directory, such as "[eventfd]" or "memfd:x". Returns its offset. */
static __always_inline u32 file_own_name(struct file *file, struct scratch *scratch)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	u32 len = BPF_CORE_READ(dentry, d_name.len) & 255;
	u32 start = PATH_BYTES - len;
	bpf_probe_read_kernel(
		&scratch->bytes[start & (SCRATCH_BYTES - 1)], len, BPF_CORE_READ(dentry, d_name.name));
	return start;
}

/*
 * Reports the path of a file to user space unless this was done before; `again`: report it in any case, since
 * the identity may now belong to a new file. Not static, so that it is verified once and not for every caller:
 * hence the plain numbers.
 */
__weak int file_emit(u64 file_address, u64 ino, u32 dev, u32 mode, bool again)
{
	struct file_id id = { .ino = ino, .dev = dev, .mode = mode };
	struct file_key key = { .ino = ino, .dev = dev };
	struct file *file = (struct file *)file_address;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *scratch = scratch_get();
	struct event_file *record;
	u8 one = 1;
	if (!scratch || (!again && bpf_map_lookup_elem(&files_reported, &key)))
		return 0;
	u32 start = file_path(task, file, scratch);
	if (start == PATH_BYTES && !file_has_no_name(&id))
		start = file_own_name(file, scratch);
	if (start > PATH_BYTES)
		return 0;
	u32 len = PATH_BYTES - start;
	EVENT_WITH_STRINGS(record, struct event_file, task, EVENT_FILE, &scratch->bytes[start], len);
	if (!record)
		return 0;
	record->id = id;
	record->path_bytes = len | (scratch->walk.cut ? STRING_CUT : 0);
	event_submit(record, false);
	bpf_map_update_elem(&files_reported, &key, &one, BPF_ANY);
	return 0;
}

#endif
