/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The name of an open file as /proc/PID/fd has it: its path within the root of its task, or what the kernel calls a file
 * that is in no folder. */
#ifndef BPF_PATH_H
#define BPF_PATH_H

#include "core.h"

#define FILE_TYPE_MASK   0170000
#define FILE_TYPE_PIPE   0010000
#define FILE_TYPE_SOCKET 0140000
#define PATH_COMPONENTS  256

/* File systems whose files are in no folder (include/uapi/linux/magic.h). */
#define ANON_INODE_FS_MAGIC 0x09041934
#define NSFS_MAGIC          0x6e736673
#define PIDFS_MAGIC         0x50494446

#define WALK_BYTES (PATH_BYTES + 256)

/* A name whose path has been reported. */
struct known_name {
	struct name_facts facts; /* as they were then */
	u64 path_hash;
	u64 number;
};

/* State of the walk from a file up to its task's root. In a map rather than on the stack: the verifier then
 * takes its members as unknown and does not explore every length that a path may have. */
struct path_walk {
	u32 busy;
	bool cut; /* the top is missing */
	struct dentry *dentry, *root_dentry;
	struct mount *mount, *root_mount;
	u64 start;             /* offset in `bytes`: the path grows downwards to here, from PATH_BYTES */
	u64 hash;              /* of all names on the way */
	struct known_name now; /* what is found; the stack has no room for it */
	char bytes[WALK_BYTES];
};

/* Some for each CPU, since a program that takes one can be preempted by another that does too. */
#define WALKS_AT_ONCE 4

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WALKS_AT_ONCE);
	__type(key, u32);
	__type(value, struct path_walk);
} path_walks __weak SEC(".maps");

static __always_inline struct path_walk *path_walk_take(void)
{
	for (u32 i = 0; i < WALKS_AT_ONCE; i++) {
		u32 index = i;
		struct path_walk *walk = bpf_map_lookup_elem(&path_walks, &index);
		if (walk && __sync_lock_test_and_set(&walk->busy, 1) == 0)
			return walk;
	}
	return NULL;
}

static __always_inline void path_walk_give(struct path_walk *walk)
{
	__sync_lock_test_and_set(&walk->busy, 0);
}

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline u64 hash_add(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

/* Prepends one component to the path; false at the root. (Uses local variables, because BPF_CORE_READ() would
 * also relocate accesses to the members of struct path_walk.) */
static __always_inline bool path_step(struct path_walk *walk)
{
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
	u64 hash_len = BPF_CORE_READ(dentry, d_name.hash_len), start = walk->start;
	u32 len = hash_len >> 32 & 255;
	walk->hash = hash_add(walk->hash, hash_len);
	if (start < len + 1 || start > PATH_BYTES) {
		walk->cut = true;
		return false;
	}
	start -= len;
	bpf_probe_read_kernel(
		&walk->bytes[start & (PATH_BYTES - 1)], len, BPF_CORE_READ(dentry, d_name.name));
	start--;
	walk->bytes[start & (PATH_BYTES - 1)] = '/';
	walk->start = start;
	walk->dentry = parent;
	return true;
}

struct path_loop {
	struct path_walk *walk;
};

/* 1 ends the loop; the count that bpf_loop() returns includes that step. */
static int path_loop_step(u32 index, void *ctx)
{
	struct path_loop *loop = ctx;
	return !path_step(loop->walk);
}

/* Writes the path of a file to the end of the first PATH_BYTES of walk->bytes, from walk->start on: PATH_BYTES if the
 * file is the root, or in no folder. */
static __always_inline void path_walk_up(
	struct path_walk *walk, u64 dentry, u64 mount, u64 root, u64 root_mount)
{
	walk->dentry = (struct dentry *)dentry;
	walk->mount = mount_of((struct vfsmount *)mount);
	walk->root_dentry = (struct dentry *)root;
	walk->root_mount = mount_of((struct vfsmount *)root_mount);
	walk->start = PATH_BYTES;
	walk->cut = false;
	walk->hash = 0;
	struct path_loop loop = { walk };
	if (bpf_loop(PATH_COMPONENTS, path_loop_step, &loop, 0) == PATH_COMPONENTS)
		walk->cut = true;
}

/* A name that the kernel makes up for a file in no folder. */
struct path_name {
	u32 at, len; /* in walk->bytes */
	bool deleted;
};

#define NAME_MADE(walk, name, format, ...)                                                                   \
	do {                                                                                                 \
		long made = BPF_SNPRINTF((walk)->bytes, WALK_BYTES, format, __VA_ARGS__);                    \
		(name)->at = 0;                                                                              \
		(name)->len = made > 0 ? (made - 1) & (PATH_BYTES - 1) : 0;                                  \
	} while (0)

/* After a walk that found no folder: the file is a root, or has a name of its own, such as "net:[4026531840]",
 * "anon_inode:[eventfd]" or "/memfd:x" (which counts as deleted). Empty for pipes and sockets: user space knows. */
static __always_inline void path_own_name(
	struct path_walk *walk, u64 dentry_address, u64 vfsmount, u32 mode, struct path_name *name)
{
	struct dentry *dentry = (struct dentry *)dentry_address;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	u32 type = mode & FILE_TYPE_MASK;
	u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);
	const unsigned char *text = BPF_CORE_READ(dentry, d_name.name);
	struct vfsmount *mount = (struct vfsmount *)vfsmount;
	*name = (struct path_name){};
	if (type == FILE_TYPE_PIPE || type == FILE_TYPE_SOCKET)
		return;
	if (magic == NSFS_MAGIC) {
		struct ns_common *ns = BPF_CORE_READ(inode, i_private);
		NAME_MADE(walk, name, "%s:[%lu]", BPF_CORE_READ(ns, ops, name), BPF_CORE_READ(inode, i_ino));
	} else if (magic == PIDFS_MAGIC) {
		NAME_MADE(walk, name, "anon_inode:[%s]", "pidfd");
	} else if (magic == ANON_INODE_FS_MAGIC) {
		NAME_MADE(walk, name, "anon_inode:%s", text);
	} else if (dentry == walk->root_dentry || dentry == BPF_CORE_READ(mount, mnt_root)) {
		walk->bytes[0] = '/';
		name->len = 1;
	} else {
		NAME_MADE(walk, name, "/%s", text);
		name->deleted = true;
	}
}

#endif
