// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Requests to disks that complete: a walk through their bios finds the ranges of files that they have, and emits each. */
#include "block.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define STEPS_MAX      (1 << 15) /* pieces of pages of one request */
#define REQ_FLAG(name) (1u << bpf_core_enum_value(enum req_flag_bits, name))

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
