/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The file behind a descriptor, and the number of its name. A name belongs to an open file, not to an inode: of a file
 * with two links, or mounted at two places, each descriptor has the one it was opened by. A name's path is reported
 * when it is first seen, and again when it has changed.
 */
#ifndef BPF_FILE_H
#define BPF_FILE_H

#include "path.h"

#define NAMES_REPORTED 16384

/* Where the kernel counts renames and changes of mounts, on the whole machine; 0: not known, and then only the nearest
 * folders of a file are watched. See find_locks. */
__u64 rename_lock_at __weak = 0;
__u64 mount_lock_at __weak = 0;
__u32 last_name __weak = 0;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, NAMES_REPORTED);
	__type(key, struct name_key);
	__type(value, struct known_name);
} names_reported __weak SEC(".maps");

struct inode_key {
	u64 ino, dev;
};

/* The name that a file was given last, for what knows its inode alone. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets more where operations are summed up by file */
	__type(key, struct inode_key);
	__type(value, u32);
} inode_names __weak SEC(".maps");

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

static __always_inline u32 sequence_at(u64 address, const bool cast)
{
	u32 sequence = 0;
	if (cast)
		return CAST(struct seqcount, (void *)address)->sequence;
	bpf_probe_read_kernel(&sequence, sizeof(sequence), (void *)address);
	return sequence;
}

#define FOLDERS_WATCHED 4

/* A number that changes when one of the nearest folders is renamed: the hash of a name is salted with its folder. */
static __always_inline u64 folders_mark(struct dentry *folder, const bool cast)
{
	u64 mark = 0;
	for (int i = 0; i < FOLDERS_WATCHED; i++) {
		mark = mark * 0x9e3779b97f4a7c15 +
		       (cast ? folder->d_name.hash_len : BPF_CORE_READ(folder, d_name.hash_len));
		folder = cast ? folder->d_parent : BPF_CORE_READ(folder, d_parent);
	}
	return mark;
}

/* A number that changes whenever something on the machine is renamed, mounted or unmounted; or, where that is not known,
 * when one of the nearest folders is renamed. */
static __always_inline u64 moves(struct dentry *folder, const bool cast)
{
	if (!rename_lock_at)
		return folders_mark(folder, cast);
	return (u64)sequence_at(mount_lock_at, cast) << 32 | sequence_at(rename_lock_at, cast);
}

/* Describes the file that a path of the kernel leads to, by plain loads. */
static __always_inline void path_place_cast(struct task_struct *task, struct dentry *dentry, u64 mount,
	struct inode *inode, struct file_place *place)
{
	struct fs_struct *fs = CAST(struct task_struct, task)->fs;
	place->key.dentry = (u64)dentry;
	place->key.mount = mount;
	place->key.root = (u64)fs->root.dentry;
	place->key.root_mount = (u64)fs->root.mnt;
	place->facts.parent = (u64)dentry->d_parent;
	place->facts.moves = moves(dentry->d_parent, true);
	place->facts.hash_len = dentry->d_name.hash_len;
	place->facts.deleted = !dentry->d_hash.pprev && dentry->d_parent != dentry;
	place->facts.ino = inode->i_ino;
	place->facts.dev = inode->i_sb->s_dev;
	place->mode = inode->i_mode;
}

/*
 * The same by copies, for a task whose fs_struct is at `fs_at`. Not inlined, since the copies would take room on the stacks
 * of programs that call further. Not static, so that it is verified once and not for every caller: hence it takes plain
 * addresses. Returns 0.
 */
__weak int path_place(struct file_place *place, u64 fs_at, u64 dentry_at, u64 mount, u64 inode_at)
{
	struct fs_struct *fs = (struct fs_struct *)fs_at;
	struct dentry *dentry = (struct dentry *)dentry_at;
	struct inode *inode = (struct inode *)inode_at;
	if (!place)
		return 0;
	place->key.dentry = (u64)dentry;
	place->key.mount = mount;
	place->key.root = (u64)BPF_CORE_READ(fs, root.dentry);
	place->key.root_mount = (u64)BPF_CORE_READ(fs, root.mnt);
	place->facts.parent = (u64)BPF_CORE_READ(dentry, d_parent);
	place->facts.moves = moves((struct dentry *)place->facts.parent, false);
	place->facts.hash_len = BPF_CORE_READ(dentry, d_name.hash_len);
	place->facts.deleted = !BPF_CORE_READ(dentry, d_hash.pprev) && place->facts.parent != (u64)dentry;
	place->facts.ino = BPF_CORE_READ(inode, i_ino);
	place->facts.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	place->mode = BPF_CORE_READ(inode, i_mode);
	return 0;
}

/* Describes a file, and returns its position. */
static __always_inline s64 file_place(
	struct task_struct *task, struct file *file, struct file_place *place, const bool cast)
{
	if (cast) {
		struct file *typed = CAST(struct file, file);
		path_place_cast(task, typed->f_path.dentry, (u64)typed->f_path.mnt, typed->f_inode, place);
		return typed->f_pos;
	}
	path_place(place, (u64)BPF_CORE_READ(task, fs), (u64)BPF_CORE_READ(file, f_path.dentry),
		(u64)BPF_CORE_READ(file, f_path.mnt), (u64)BPF_CORE_READ(file, f_inode));
	return BPF_CORE_READ(file, f_pos);
}

/* Compared one by one, because the verifier allows pointers to be compared but not to be computed with. */
static __always_inline bool same_facts(const struct name_facts *a, const struct name_facts *b)
{
	return a->parent == b->parent && a->hash_len == b->hash_len && a->ino == b->ino && a->dev == b->dev &&
	       a->deleted == b->deleted && a->moves == b->moves;
}

static __always_inline bool same_key(const struct name_key *a, const struct name_key *b)
{
	return a->dentry == b->dentry && a->mount == b->mount && a->root == b->root &&
	       a->root_mount == b->root_mount;
}

/* A number for a new name; never 0. */
static __always_inline u64 name_number(void)
{
	u32 number = __sync_fetch_and_add(&last_name, 1) + 1;
	if (!(number & 0xffff))
		number = __sync_fetch_and_add(&last_name, 1) + 1;
	return number & 0xffff;
}

/* Emits the record of a name, whose path has been walked. False: the ring is full. */
static __always_inline bool name_emit(const struct file_place *place, struct path_walk *walk, u64 number)
{
	struct event_file *record;
	struct path_name name = { .at = walk->start & (2 * PATH_BYTES - 1), .deleted = place->facts.deleted };
	if (name.at >= PATH_BYTES) {
		path_own_name(walk, place->key.dentry, place->key.mount, place->mode, &name);
	} else {
		name.len = PATH_BYTES - name.at;
	}
	if (name.at > PATH_BYTES || name.len > PATH_BYTES)
		return false;
	EVENT_WITH_STRINGS(record, struct event_file, bpf_get_current_task_btf(), EVENT_FILE,
		&walk->bytes[name.at], name.len);
	if (!record)
		return false;
	record->id.ino = place->facts.ino;
	record->id.dev = place->facts.dev;
	record->id.mode = place->mode;
	record->id.name = number;
	record->path_bytes = name.len | (walk->cut ? STRING_CUT : 0) | (name.deleted ? PATH_DELETED : 0);
	event_submit(record, false);
	return true;
}

/* As file_name(), with what is known of the name (NULL: nothing) and a walk to use. */
static __always_inline u64 name_report(const struct file_place *place, const struct name_key *key,
	const struct known_name *known, bool again, struct path_walk *walk)
{
	struct known_name *now = &walk->now;
	now->facts = place->facts;
	path_walk_up(walk, place->key.dentry, place->key.mount, place->key.root, place->key.root_mount);
	now->path_hash = walk->hash;
	bool same_file = known && known->facts.ino == now->facts.ino && known->facts.dev == now->facts.dev;
	now->number = same_file ? known->number : name_number();
	bool same_path =
		same_file && known->path_hash == now->path_hash && known->facts.deleted == now->facts.deleted;
	if ((!same_path || again) && !name_emit(place, walk, now->number))
		return 0;
	bpf_map_update_elem(&names_reported, key, now, BPF_ANY);
	return now->number;
}

/*
 * The number of a file's name; 0: it could not be reported. Its path is reported to user space unless this was done
 * before; `again`: in any case. Not static, so that it is verified once and not for every caller.
 */
__weak int file_name(struct file_place *place, bool again)
{
	if (!place)
		return 0;
	struct name_key key =
		place->key; /* Linux 6.1 takes keys from the stack, not from the caller's memory */
	struct known_name *known = bpf_map_lookup_elem(&names_reported, &key);
	if (known && !again && same_facts(&known->facts, &place->facts))
		return known->number;
	struct path_walk *walk = path_walk_take();
	if (!walk) {
		event_lost(EVENT_FILE, LOST_STATE);
		return 0;
	}
	u64 number = name_report(place, &key, known, again, walk);
	path_walk_give(walk);
	return number;
}

/* Keeps the name that a file was given, for what knows its inode alone. Not in file_name(), whose callers have no more
 * stack to give it. */
static __noinline __attribute__((unused)) int inode_named(const struct file_place *place, u32 number)
{
	struct inode_key key = { .ino = place->facts.ino, .dev = place->facts.dev };
	return bpf_map_update_elem(&inode_names, &key, &number, BPF_ANY);
}

/* Fills the identity of a file; `again` as in file_name(). */
static __always_inline void file_identify(
	struct task_struct *task, struct file *file, struct file_at *at, bool again, const bool cast)
{
	struct file_place place;
	at->pos = file_place(task, file, &place, cast);
	at->id.ino = place.facts.ino;
	at->id.dev = place.facts.dev;
	at->id.mode = place.mode;
	at->id.name = file_name(&place, again);
}

#endif
