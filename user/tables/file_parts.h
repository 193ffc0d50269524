/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a file that were used: its models or tensors by name, and ranges of equal size where bytes have no name.
 * Bytes go to parts exactly; operations and times of a sum that lies in several are shared by bytes.
 */
#ifndef USER_TABLES_FILE_PARTS_H
#define USER_TABLES_FILE_PARTS_H

#include <uthash.h>

#include "file_op.h"

/* A tensor, a model, the file's own header. */
struct named_part {
	struct file_counts counts;
	uint64_t start, end; /* in the file; both 0: not known */
	uint32_t len;
	bool cut; /* the name is longer */
	UT_hash_handle hh;
	char name[];
};

struct range_part {
	uint64_t index; /* of its granule in the file */
	struct file_counts counts;
};

#define RANGE_FIRST (64u << 10) /* bytes of a granule: from here ... */
#define RANGE_LAST                                                                                           \
	(64u << 20) /* ... to here, by powers of two, larger ones only beyond RANGES_LAST of these */
enum { RANGES_KEPT = 128, RANGES_LAST = 4096 };

/* All zero: none. */
struct file_parts {
	struct named_part *named, *last_named; /* uthash, by name */
	struct range_part *ranges;             /* by index */
	uint32_t used, cap, last;
	uint64_t granule;            /* 0: there is no range yet */
	struct file_counts unplaced; /* their place is not known, or there was no memory for their part */
};

/* Adds operations to the parts that their bytes lie in. `by_name`: to those that have names. `room`: memory in bytes
 * that may still be taken, shared with others. */
void file_parts_add(struct file_parts *parts, const struct file_op *op, bool by_name, size_t *room);

void file_parts_free(struct file_parts *parts);

/* The length of the layer's name in a tensor's name: up to and with its first number, as in "blk.12" of
 * "blk.12.attn_q.weight"; the whole name if it has none. */
uint32_t layer_name_len(struct span tensor);

#endif
