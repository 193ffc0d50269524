// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The block layer: requests to disks, emitted when they complete, each range of a file by itself.
 *
 * A file system submits bios, in the task that reads or writes or in one of the kernel's. The block layer splits them and
 * merges them into requests. So who submitted is noted by bio, when a request is issued is noted by request, and at its
 * completion the request's bios are walked: a page of the page cache tells its file and its place there. With O_DIRECT the
 * pages are the program's: there the file system's own record of the transfer (iomap) tells the file, at submission.
 * What has neither is "not tied".
 */
#include "inode.h"

extern __u64 tracer;

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TASK_WORKER     (0x10 | 0x4000) /* as in io.bpf.c: PF_IO_WORKER, PF_USER_WORKER */
#define STEPS_MAX       (1 << 15)       /* pieces of pages of one request */
#define OP_MASK         0xff            /* bio.bi_opf, request.cmd_flags: enum req_op */
#define MAPPING_NOT     3               /* low bits of page.mapping, of pages that are in no file */
#define PAGE_FLAG(name) (1ull << bpf_core_enum_value(enum pageflags, name))
#define REQ_FLAG(name)  (1u << bpf_core_enum_value(enum req_flag_bits, name))

/* enum req_op */
#define REQ_READ         0
#define REQ_WRITE        1
#define REQ_FLUSH        2
#define REQ_DISCARD      3
#define REQ_SECURE_ERASE 5
#define REQ_ZONE_APPEND  7
#define REQ_WRITE_ZEROES 9
#define REQ_DRIVER_FIRST 34 /* commands of drivers: no requests of file systems */

enum submitted_flag {
	SUBMITTED_TRACED = 1,
	SUBMITTED_DIRECT = 2,
	SUBMITTED_TRACER = 4, /* by the tracer itself, which reads headers of files */
};

/* What is known of a bio since its submission. */
struct submitted {
	u64 ns;
	struct file_id id; /* SUBMITTED_DIRECT: its file, and ... */
	u64 start, sector; /* ... where it begins there, and on the device */
	u32 pid, tid;
	u32 flags; /* enum submitted_flag */
	u32 pad;
};

/* By address of a bio, and of a request. The oldest go first: a bio that is carried out in another's name (device mapper)
 * never completes in a request. User space sets more where the layer is wanted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct submitted);
} block_bios SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct block_issue);
} block_issued SEC(".maps");

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

/* ---- pages ---- */

/* The address of the first page of the folio that a page is in. The other pages have it with bit 0 set, or on newer
 * kernels a mask of their own address that yields it. */
static __always_inline u64 first_page(u64 page)
{
	u64 info;
	if (bpf_core_field_exists(((struct page *)0)->compound_head))
		info = BPF_CORE_READ((struct page *)page, compound_head);
	else
		info = BPF_CORE_READ((struct page___of_7_3 *)page, compound_info);
	if (!(info & 1))
		return page;
	return info >> 32 == 0xffffffff ? page & info : info - 1;
}

/* True if a folio is being read from the disk, or written to it. Memory that a program maps from a file may be the target
 * of O_DIRECT too: then it is neither. */
static __always_inline bool is_under_way(u64 first, u32 op)
{
	u64 flags = 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), (void *)first);
	if (op != REQ_READ)
		return flags & PAGE_FLAG(PG_writeback);
	return (flags & PAGE_FLAG(PG_locked)) && !(flags & PAGE_FLAG(PG_uptodate));
}

/* The inode of a page of the page cache, for which `op` is carried out; 0 and *untied: it is none. Memory that has
 * something else where pages have their file does not lead back to itself. */
static __always_inline u64 inode_of(u64 first, u32 op, u8 *untied)
{
	u64 mapping = (u64)BPF_CORE_READ((struct page *)first, mapping);
	*untied = mapping & MAPPING_NOT ? BLOCK_ANONYMOUS : BLOCK_UNNAMED;
	if (!mapping || mapping & MAPPING_NOT)
		return 0;
	struct inode *inode = BPF_CORE_READ((struct address_space *)mapping, host);
	if (!inode || (u64)BPF_CORE_READ(inode, i_mapping) != mapping)
		return 0;
	u16 type = BPF_CORE_READ(inode, i_mode) & FILE_TYPE_MASK;
	if (type == FILE_TYPE_BLOCK)
		*untied = BLOCK_DEVICE;
	else if (type == FILE_TYPE_REGULAR)
		*untied = is_under_way(first, op) ? BLOCK_TIED : BLOCK_ANONYMOUS;
	return *untied == BLOCK_TIED ? (u64)inode : 0;
}

/* The number of the name that the trace has given a file; 0 and *known = false: none. */
static __always_inline u32 name_known(u64 ino, u32 dev, bool *known)
{
	struct inode_key key = { .ino = ino, .dev = dev };
	u32 *name = bpf_map_lookup_elem(&inode_names, &key);
	*known = name != NULL;
	return name ? *name : 0;
}

static __always_inline bool has_pages(u32 op)
{
	return op == REQ_READ || op == REQ_WRITE || op == REQ_ZONE_APPEND;
}

/* The inode that the next page of a bio belongs to; 0: none, or it has no pages. */
static __always_inline u64 bio_inode(struct bio *bio)
{
	u8 untied;
	u32 op = BPF_CORE_READ(bio, bi_opf) & OP_MASK;
	if (!has_pages(op) || !BPF_CORE_READ(bio, bi_iter.bi_size))
		return 0;
	u64 vec = (u64)BPF_CORE_READ(bio, bi_io_vec) +
		  BPF_CORE_READ(bio, bi_iter.bi_idx) * bpf_core_type_size(struct bio_vec);
	u64 page = (u64)BPF_CORE_READ((struct bio_vec *)vec, bv_page);
	return page ? inode_of(first_page(page), op, &untied) : 0;
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

/* ---- completion ---- */

/* Bytes of a request that are next to each other in a file, or in none. */
struct piece {
	u64 inode; /* of its file: an address; 0: it has none of its own, but from.id or nothing */
	u64 start, bytes, sector;
	u64 ns; /* of its bio's submission; 0: not observed */
	u32 pid, tid;
	struct file_id id;
	u16 flags;
	u8 untied;
};

/* A walk through a request. */
struct walk {
	u64 bio;         /* the bio at hand, or the next one; 0: none is left */
	u64 vec;         /* its bio_vec at hand: an address */
	u64 sector;      /* of what comes next */
	u32 bio_left;    /* bytes of the bio to walk; 0: it has not begun */
	u32 vec_done;    /* bytes of the bio_vec that are walked */
	u32 left;        /* bytes of the request to walk */
	u32 op;          /* enum req_op */
	u64 now, issued; /* 0: not observed */
	u64 bytes;       /* of the request */
	u32 dev;
	u16 flags;             /* enum block_flag, of all pieces */
	u16 emitted;           /* pieces */
	struct submitted from; /* the bio at hand */
	struct piece piece;    /* bytes 0: none has begun */
	u64 last_ino;          /* of the piece before */
};

/* One for each CPU: the kernel does not run a program again on a CPU where it runs. Not on the stack, whose contents the
 * verifier of Linux 6.1 takes to be the same in all rounds of a loop. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct walk);
} block_walks SEC(".maps");

static __always_inline u8 block_op_of(const struct walk *w)
{
	switch (w->op) {
	case REQ_READ:
		return BLOCK_READ;
	case REQ_WRITE:
	case REQ_ZONE_APPEND:
		return w->bytes ? BLOCK_WRITE : BLOCK_FLUSH;
	case REQ_FLUSH:
		return BLOCK_FLUSH;
	case REQ_DISCARD:
	case REQ_SECURE_ERASE:
		return BLOCK_DISCARD;
	case REQ_WRITE_ZEROES:
		return BLOCK_ZEROES;
	}
	return BLOCK_OTHER;
}

static __always_inline void piece_identify(const struct piece *piece, struct file_id *id)
{
	struct inode *inode = (struct inode *)piece->inode;
	bool known;
	*id = piece->id;
	if (!inode)
		return;
	id->ino = BPF_CORE_READ(inode, i_ino);
	id->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	id->mode = BPF_CORE_READ(inode, i_mode);
	id->name = name_known(id->ino, id->dev, &known);
}

/* Not static, as what follows, so that it is verified once and not for every way that leads here. */
__weak int piece_emit(struct walk *w)
{
	if (!w)
		return 0;
	struct piece *piece = &w->piece;
	struct event_block *record = event_reserve(bpf_get_current_task_btf(), EVENT_BLOCK, sizeof(*record));
	if (!record)
		return 0;
	piece_identify(piece, &record->id);
	record->head.pid = piece->pid;
	record->head.tid = piece->tid;
	record->start = piece->start;
	record->bytes = piece->bytes;
	record->sector = piece->sector;
	record->request_bytes = w->bytes;
	record->service_ns = w->issued ? w->now - w->issued : NO_DURATION;
	record->queue_ns = w->issued > piece->ns && piece->ns ? w->issued - piece->ns : NO_DURATION;
	record->dev = w->dev;
	record->flags = w->flags | piece->flags | (w->emitted ? BLOCK_NOT_FIRST : 0);
	if (w->emitted && w->last_ino == record->id.ino)
		record->flags |= BLOCK_SAME_FILE;
	record->op = block_op_of(w);
	record->untied = piece->untied;
	w->last_ino = record->id.ino;
	w->emitted = 1;
	event_submit(record, false);
	return 0;
}

static __always_inline void piece_begin(struct walk *w, u64 inode, u64 start, u8 untied)
{
	struct piece *piece = &w->piece;
	piece->inode = inode;
	piece->start = start;
	piece->bytes = 0;
	piece->sector = w->sector;
	piece->ns = w->from.ns;
	piece->pid = w->from.pid;
	piece->tid = w->from.tid;
	piece->flags = (w->from.flags & SUBMITTED_TRACED ? 0 : BLOCK_OTHERS) |
		       (w->from.flags & SUBMITTED_DIRECT ? BLOCK_DIRECT : 0) |
		       (w->from.ns ? 0 : BLOCK_UNSUBMITTED);
	piece->untied = untied;
	piece->id = w->from.id;
}

/* Adds bytes to the piece at hand, or to a new one. */
__weak int piece_add(struct walk *w, u64 inode, u64 start, u32 bytes, u32 untied)
{
	if (!w)
		return 0;
	struct piece *piece = &w->piece;
	bool same = piece->bytes && piece->inode == inode && piece->untied == untied &&
		    piece->pid == w->from.pid && piece->tid == w->from.tid &&
		    piece->id.ino == w->from.id.ino && piece->sector + (piece->bytes >> 9) == w->sector;
	if (!same || (untied == BLOCK_TIED && piece->start + piece->bytes != start)) {
		if (piece->bytes)
			piece_emit(w);
		piece_begin(w, inode, start, untied);
	}
	piece->bytes += bytes;
	return 0;
}

/* What a bio is about is emitted if a traced task submitted it, or has used its file. */
static __always_inline bool bio_wanted(struct bio *bio, const struct submitted *from)
{
	bool known = false;
	struct inode *inode;
	if (from->flags & (SUBMITTED_TRACED | SUBMITTED_TRACER))
		return from->flags & SUBMITTED_TRACED;
	if (from->flags & SUBMITTED_DIRECT) {
		name_known(from->id.ino, from->id.dev, &known);
		return known;
	}
	inode = (struct inode *)bio_inode(bio);
	if (inode)
		name_known(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev), &known);
	return known;
}

/* What is known of the submission of the bio at hand. `done`: it ends with this request. */
static __always_inline void bio_take(struct walk *w, bool done)
{
	u64 key = w->bio;
	struct submitted *known = bpf_map_lookup_elem(&block_bios, &key);
	if (known)
		w->from = *known;
	else
		__builtin_memset(&w->from, 0, sizeof(w->from));
	if (known && done)
		bpf_map_delete_elem(&block_bios, &key);
}

static __always_inline u32 bytes_done(struct bio *bio)
{
	if (bpf_core_field_exists(((struct bvec_iter *)0)->bi_bvec_done))
		return BPF_CORE_READ(bio, bi_iter.bi_bvec_done);
	return BPF_CORE_READ((struct bio___of_7_3 *)bio, bi_iter.bi_offset);
}

/* Begins the bio at hand, or skips it. */
__weak int bio_begin(struct walk *w)
{
	if (!w)
		return 0;
	struct bio *bio = (struct bio *)w->bio;
	u32 size = BPF_CORE_READ(bio, bi_iter.bi_size);
	u32 here = size < w->left ? size : w->left;
	bio_take(w, size <= w->left);
	w->sector = BPF_CORE_READ(bio, bi_iter.bi_sector);
	if (!here || !bio_wanted(bio, &w->from)) {
		w->left -= here;
		w->bio = (u64)BPF_CORE_READ(bio, bi_next);
		return 0;
	}
	w->bio_left = here;
	w->vec = (u64)BPF_CORE_READ(bio, bi_io_vec) +
		 BPF_CORE_READ(bio, bi_iter.bi_idx) * bpf_core_type_size(struct bio_vec);
	w->vec_done = bytes_done(bio);
	return 0;
}

/* Takes what is left of the page at hand, or of its folio. Returns how many bytes. */
__weak int take_pages(struct walk *w)
{
	if (!w)
		return 0;
	struct bio_vec *vec = (struct bio_vec *)w->vec;
	u32 length = BPF_CORE_READ(vec, bv_len), at = BPF_CORE_READ(vec, bv_offset) + w->vec_done;
	u64 size = bpf_core_type_size(struct page), page = (u64)BPF_CORE_READ(vec, bv_page);
	u8 untied = BLOCK_UNNAMED;
	if (!page || length <= w->vec_done || !size)
		return 0;
	page += (at >> PAGE_SHIFT) * size;
	u64 first = first_page(page), inside = ((page - first) / size << PAGE_SHIFT) + (at & 4095);
	u64 room = (pages_of(first) << PAGE_SHIFT) - inside, bytes = length - w->vec_done;
	u64 inode = inode_of(first, w->op, &untied);
	u64 start = (BPF_CORE_READ((struct folio *)first, index) << PAGE_SHIFT) + inside;
	if (bytes > room)
		bytes = room;
	if (bytes > w->bio_left)
		bytes = w->bio_left;
	piece_add(w, inode, inode ? start : 0, bytes, untied);
	w->vec_done += bytes;
	if (w->vec_done >= length) {
		w->vec += bpf_core_type_size(struct bio_vec);
		w->vec_done = 0;
	}
	return bytes;
}

/* One step of the walk: 1 ends it. */
static long walk_step(u32 index, void *unused)
{
	u32 zero = 0;
	struct walk *w = bpf_map_lookup_elem(&block_walks, &zero);
	if (!w)
		return 1;
	u32 bytes = w->bio_left;
	if (!w->left || !w->bio)
		return 1;
	if (!bytes) {
		bio_begin(w);
		return 0;
	}
	if (w->from.flags & SUBMITTED_DIRECT)
		piece_add(w, 0, w->from.start + ((w->sector - w->from.sector) << 9), bytes, BLOCK_TIED);
	else if (!has_pages(w->op))
		piece_add(w, 0, 0, bytes, BLOCK_NO_DATA);
	else
		bytes = take_pages(w);
	if (!bytes || bytes > w->bio_left) {
		bytes = w->bio_left;
		piece_add(w, 0, 0, bytes, BLOCK_UNNAMED);
	}
	w->bio_left -= bytes;
	w->left -= bytes;
	w->sector += bytes >> 9;
	if (!w->bio_left) {
		struct bio *bio =
			(struct bio *)w->bio; /* BPF_CORE_READ() would look for the kernel's struct walk */
		w->bio = (u64)BPF_CORE_READ(bio, bi_next);
	}
	return 0;
}

/* A flush that moves no bytes, of a traced task. */
static __always_inline void emit_flush(struct walk *w)
{
	bio_take(w, true);
	if (!(w->from.flags & SUBMITTED_TRACED))
		return;
	w->issued = w->from.ns; /* the device is asked by a request of the kernel's own */
	piece_begin(w, 0, 0, BLOCK_NO_DATA);
	piece_emit(w);
}

static __always_inline void walk_begin(
	struct walk *w, struct request *request, u32 op, u32 flags, u32 error, u32 bytes)
{
	struct gendisk *disk = BPF_CORE_READ(request, q, disk);
	__builtin_memset(w, 0, sizeof(*w));
	w->now = bpf_ktime_get_ns();
	w->bio = (u64)BPF_CORE_READ(request, bio);
	w->op = op;
	w->bytes = w->left = bytes;
	w->dev = (u32)BPF_CORE_READ(disk, major) << 20 | (u32)BPF_CORE_READ(disk, first_minor);
	w->flags = (flags & REQ_FLAG(__REQ_RAHEAD) ? BLOCK_RAHEAD : 0) |
		   (flags & REQ_FLAG(__REQ_FUA) ? BLOCK_FUA : 0) | ((u8)error ? BLOCK_FAILED : 0);
}

SEC("?tp_btf/block_rq_complete")
int BPF_PROG(on_request_complete, struct request *request, u32 error, u32 bytes)
{
	u64 key = (u64)request;
	u32 zero = 0, flags = BPF_CORE_READ(request, cmd_flags), op = flags & OP_MASK;
	struct walk *w = bpf_map_lookup_elem(&block_walks, &zero);
	if (phase != TRACE_ON || op >= REQ_DRIVER_FIRST || !w)
		return 0;
	walk_begin(w, request, op, flags, error, bytes);
	struct block_issue *issued = bpf_map_lookup_elem(&block_issued, &key);
	if (issued) {
		w->issued = issued->ns;
		bpf_map_delete_elem(&block_issued, &key);
	}
	if (!w->bio)
		return 0;
	if (!bytes) {
		if (flags & REQ_FLAG(__REQ_PREFLUSH))
			emit_flush(w);
		return 0;
	}
	bpf_loop(STEPS_MAX, walk_step, NULL, 0);
	if (w->bio && w->left > w->bio_left)
		event_lost(EVENT_BLOCK, LOST_STATE);
	if (w->bio && w->bio_left)
		piece_add(w, 0, 0, w->bio_left, BLOCK_UNNAMED);
	if (w->piece.bytes)
		piece_emit(w);
	return 0;
}
