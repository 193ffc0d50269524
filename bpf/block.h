/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the two ends of a request to a disk share (block.bpf.c, block_done.bpf.c): what is noted of it, and the files of its
 * pages. */
#ifndef BPF_BLOCK_H
#define BPF_BLOCK_H

#include "inode.h"

#define OP_MASK         0xff /* bio.bi_opf, request.cmd_flags: enum req_op */
#define MAPPING_NOT     3    /* low bits of page.mapping, of pages that are in no file */
#define PAGE_FLAG(name) (1ull << bpf_core_enum_value(enum pageflags, name))

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
} block_bios __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct block_issue);
} block_issued __weak SEC(".maps");

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

#endif
