/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel types that the BPF programs use, each with only the members they access. Maintained by hand: offsets
 * are relocated when the programs are loaded (preserve_access_index), so that a build needs no BTF of its machine.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__ /* the name that libbpf's headers test */

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef int pid_t;
typedef long long loff_t;
typedef unsigned short umode_t;
typedef _Bool bool;
enum { false = 0, true = 1 };

#ifndef NULL
#define NULL ((void *)0)
#endif

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
};

enum { /* bpf_ringbuf_submit(), bpf_ringbuf_query() */
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs { /* x86-64, not relocated in practice: the layout is the user API's */
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs,
		flags, sp, ss;
};

struct thread_info {
	u32 status; /* TS_COMPAT: a 32-bit system call is under way */
};

struct qstr {
	u64 hash_len;
	u32 len;
	const unsigned char *name;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};

struct hlist_node;

struct hlist_head {
	struct hlist_node *first;
};

struct inode {
	umode_t i_mode;
	struct hlist_head i_dentry;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	unsigned int i_nlink;
	loff_t i_size;
	u32 i_generation;
	void *i_private;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev; /* NULL: in no list */
};

struct hlist_node {
	struct hlist_node *next;
};

struct dentry_use {
	struct hlist_node d_alias;
};

struct dentry {
	struct dentry_use d_u;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct dentry___of_7_2 {
	struct hlist_node d_alias;
};

struct proc_ns_operations {
	const char *name;
};

struct ns_common {
	const struct proc_ns_operations *ops;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

typedef struct {
	long counter;
} atomic_long_t;

typedef struct {
	atomic_long_t refcnt;
} file_ref_t;

/* The users of a file are counted in f_ref (0: one), before Linux 6.13 in f_count. */
struct file {
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
	loff_t f_pos;
	file_ref_t f_ref;
};

struct file___before_6_13 {
	atomic_long_t f_count;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct seqcount {
	unsigned int sequence;
};

struct address_space {
	struct inode *host;
	unsigned long flags; /* enum mapping_flags */
};

struct page {
	unsigned long compound_head;
	struct address_space *mapping;
};

struct page___of_7_3 {
	unsigned long compound_info; /* of a page behind the first one of a folio: bit 0, and where that is */
};

/* The flags are at offset 0. The order of a large folio (PG_head) is in _flags_1, before Linux 6.6 in
 * _folio_order. */
struct folio {
	struct address_space *mapping;
	unsigned long index;
	unsigned long _flags_1;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long pgoff;
};

struct folio___before_6_6 {
	unsigned char _folio_order;
};

enum pageflags {
	PG_locked = 0,
	PG_writeback = 1,
	PG_uptodate = 3,
	PG_head = 6,
};

enum mapping_flags {
	AS_EXITING = 4, /* the inode goes away */
};

typedef struct {
	int counter;
} atomic_t;

struct files_struct {
	atomic_t count; /* tasks that share it */
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root, pwd;
};

struct mm_struct {
	unsigned long start_stack, arg_start, arg_end;
	struct file *exe_file;
};

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
};

typedef struct {
	u32 val;
} kuid_t;

struct cred {
	kuid_t euid;
};

struct list_head {
	struct list_head *next;
};

struct kernfs_node {
	u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct css_set {
	struct list_head cgrp_links;
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct task_io_accounting {
	u64 rchar;
	u64 syscr;
	u64 read_bytes;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	unsigned short migration_disabled;
	unsigned int ptrace;
	unsigned in_iowait : 1;
	pid_t pid;
	pid_t tgid;
	int exit_code;
	int exit_state;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	const struct cred *real_cred;
	struct css_set *cgroups;
	struct mm_struct *mm;
	struct files_struct *files;
	struct fs_struct *fs;
	struct signal_struct *signal;
	sigset_t blocked;
	char comm[16];
	unsigned long min_flt;
	unsigned long maj_flt;
	struct task_io_accounting ioac;
};

struct bpf_iter__task {
	struct task_struct *task;
};

struct sigaction {
	void *sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct linux_binprm {
	int argc;
	int envc;
	const char *filename;
};

/* io_uring. What a request is for lies in its first bytes, from `file` on: struct io_rw of one that reads or writes. */
struct io_uring_task {
	struct task_struct *task;
};

struct io_cqe {
	u64 user_data;
	s32 res;
};

struct io_kiocb {
	struct file *file;
	u8 opcode;
	struct io_cqe cqe;
	struct io_uring_task *tctx;
};

struct io_kiocb___before_6_14 {
	struct task_struct *task;
};

struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
};

struct io_rw {
	struct kiocb kiocb;
	u64 addr;
	u32 len;
};

struct io_open {
	u32 file_slot;
};

/* Requests to disks. */
struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len, bv_offset;
};

struct bvec_iter {
	u64 bi_sector;
	unsigned int bi_size, bi_idx, bi_bvec_done;
};

struct bvec_iter___of_7_3 {
	unsigned int bi_offset;
};

struct bio {
	struct bio *bi_next;
	unsigned int bi_opf;
	struct bvec_iter bi_iter;
	void *bi_end_io;
	void *bi_private;
	struct bio_vec *bi_io_vec;
};

struct bio___of_7_3 {
	struct bvec_iter___of_7_3 bi_iter;
};

struct gendisk {
	int major, first_minor;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	u64 __sector;
	struct bio *bio;
};

struct iomap_dio {
	struct kiocb *iocb;
	loff_t size;
};

enum req_flag_bits {
	__REQ_FUA = 17,
	__REQ_PREFLUSH = 18,
	__REQ_RAHEAD = 19,
};

/* The contexts of classic tracepoints. */
struct trace_event_raw_io_uring_submit_req {
	void *req;
};

struct trace_event_raw_io_uring_complete {
	void *req;
};

struct trace_event_raw_sys_enter {
	long id;
};

struct trace_event_raw_sys_exit {
	long id;
	long ret;
};

struct trace_event_raw_sched_process_fork {
	pid_t child_pid;
};

struct trace_event_raw_sched_process_exec {
	u32 __data_loc_filename;
	pid_t pid;
	pid_t old_pid;
};

struct trace_event_raw_signal_deliver {
	unsigned long sa_handler;
};

#pragma clang attribute pop

#endif
