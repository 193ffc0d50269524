// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The block layer: requests to disks, emitted when they complete, each range of a file by itself. Here what is noted of
 * them until then; block_done.bpf.c emits them.
 *
 * A file system submits bios, in the task that reads or writes or in one of the kernel's. The block layer splits them and
 * merges them into requests. So who submitted is noted by bio, when a request is issued is noted by request, and at its
 * completion the request's bios are walked: a page of the page cache tells its file and its place there. With O_DIRECT the
 * pages are the program's: there the file system's own record of the transfer (iomap) tells the file, at submission.
 * What has neither is "not tied".
 */
#include "block.h"

extern __u64 tracer;

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TASK_WORKER (0x10 | 0x4000) /* as in io.bpf.c: PF_IO_WORKER, PF_USER_WORKER */

__u64 direct_end_at = 0; /* the function that ends a bio of iomap's O_DIRECT; 0: not known */
__u32 direct_adds_later; /* the kernel adds a bio to the transfer's size after its submission, not before */

/* User space runs this once: without the right to see kernel addresses it finds nothing, and O_DIRECT is not tied. */
SEC("?syscall")
int find_direct_end(void *ctx)
{
	static const char name[] = "iomap_dio_bio_end_io";
	u64 at = 0;
	if (bpf_kallsyms_lookup_name(name, sizeof(name), 0, &at) == 0)
		direct_end_at = at;
	return 0;
}

/* ---- submission ---- */

/* The state of a traced task, or of the one that a worker of io_uring works for. */
static __always_inline struct task_state *submitter_state(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!state && task->flags & TASK_WORKER)
		state = task_state_get(task->group_leader);
	return task_is_traced(state) ? state : NULL;
}

/* Makes the name of a bio's file known, which may be one that no call of the trace has used. */
static __noinline int name_file(struct task_struct *task, struct task_state *state, struct inode *inode)
{
	bool known;
	struct inode_key key = { .ino = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	struct file_id id = {};
	name_known(key.ino, key.dev, &known);
	if (known)
		return RETURN_ZERO;
	inode_identify(task, state, inode, &id);
	u32 name = id.name;
	bpf_map_update_elem(&inode_names, &key, &name, BPF_ANY);
	return RETURN_ZERO;
}

/* Fills in the file of a bio of O_DIRECT, and where it begins: the kernel hands out the bios of a transfer in order, and
 * sums up their bytes. */
static __always_inline void note_direct(
	struct task_struct *task, struct task_state *state, struct bio *bio, struct submitted *to)
{
	struct iomap_dio *dio = BPF_CORE_READ(bio, bi_private);
	struct kiocb *iocb = BPF_CORE_READ(dio, iocb);
	struct inode *inode = BPF_CORE_READ(iocb, ki_filp, f_inode);
	u64 size = BPF_CORE_READ(dio, size), bytes = BPF_CORE_READ(bio, bi_iter.bi_size);
	bool known;
	if (!is_file(inode))
		return;
	if (!size && bytes)
		direct_adds_later = 1;
	if (state)
		name_file(task, state, inode);
	to->id.ino = BPF_CORE_READ(inode, i_ino);
	to->id.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	to->id.mode = BPF_CORE_READ(inode, i_mode);
	to->id.name = name_known(to->id.ino, to->id.dev, &known);
	to->start = BPF_CORE_READ(iocb, ki_pos) + size - (direct_adds_later ? 0 : bytes);
	to->flags |= SUBMITTED_DIRECT;
}

SEC("?tp_btf/block_bio_queue")
int BPF_PROG(on_bio_queue, struct bio *bio)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (phase != TRACE_ON)
		return 0;
	u64 key = (u64)bio;
	struct task_state *state = submitter_state(task);
	struct submitted it = {
		.ns = bpf_ktime_get_ns(),
		.pid = tgid_seen(task),
		.tid = tid_seen(task),
		.flags = state ? SUBMITTED_TRACED : 0,
		.sector = BPF_CORE_READ(bio, bi_iter.bi_sector),
	};
	if ((u64)task->group_leader == tracer)
		it.flags |= SUBMITTED_TRACER;
	if (direct_end_at && (u64)BPF_CORE_READ(bio, bi_end_io) == direct_end_at) {
		note_direct(task, state, bio, &it);
	} else if (state) {
		struct inode *inode = (struct inode *)bio_inode(bio);
		if (inode)
			name_file(task, state, inode);
	}
	if (bpf_map_update_elem(&block_bios, &key, &it, BPF_ANY) && state)
		event_lost(EVENT_BLOCK, LOST_STATE);
	return 0;
}

/* The first part of a bio that is too long for the device becomes one of its own. */
SEC("?tp_btf/block_split")
int BPF_PROG(on_bio_split, struct bio *split)
{
	u64 key = (u64)split, whole = (u64)BPF_CORE_READ(split, bi_private);
	struct submitted *known = bpf_map_lookup_elem(&block_bios, &whole);
	if (!known)
		return 0;
	struct submitted it = *known;
	bpf_map_update_elem(&block_bios, &key, &it, BPF_ANY);
	return 0;
}

/* Again for a request that the device did not take, or of which it did a part only: the last one counts. The kernel
 * uses a request's memory again for others: if that happens before its completion was seen, the kernel has skipped the
 * hook there, which it does without counting it. */
SEC("?tp_btf/block_rq_issue")
int BPF_PROG(on_request_issue, struct request *request)
{
	u64 key = (u64)request, bio = (u64)BPF_CORE_READ(request, bio);
	if (phase != TRACE_ON || !bio)
		return 0;
	struct block_issue *before = bpf_map_lookup_elem(&block_issued, &key);
	struct submitted *known = bpf_map_lookup_elem(&block_bios, &bio);
	struct block_issue it = {
		.ns = bpf_ktime_get_ns(),
		.bio = bio,
		.sector = BPF_CORE_READ(request, __sector),
		.traced = known && known->flags & SUBMITTED_TRACED,
	};
	if (before && before->traced && (before->bio != it.bio || before->sector != it.sector))
		event_lost(EVENT_BLOCK, LOST_SKIPPED);
	bpf_map_update_elem(&block_issued, &key, &it, BPF_ANY);
	return 0;
}
