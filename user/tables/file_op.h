/* SPDX-License-Identifier: BSD-2-Clause */
/* What an event says was done to files, one form for all: calls, requests of io_uring, and sums of operations. */
#ifndef USER_TABLES_FILE_OP_H
#define USER_TABLES_FILE_OP_H

#include "user/event/event.h"
#include "file_counts.h"

enum file_way {
	WAY_NONE, /* what is about none of the file's bytes, alone */
	WAY_READ,
	WAY_WRITE,
	WAY_URING_READ,
	WAY_URING_WRITE,
	WAY_MAP,
	WAY_FAULT,
	WAY_FILL,
	WAY_EVICT, /* pages that the kernel evicted */
	WAY_BACK,  /* pages that were filled, some of which it had evicted before */
	WAY_DISK_READ,
	WAY_DISK_WRITE,
	WAY_DISK_OTHERS, /* for tasks that are not traced */
};

/* Of operations, or of the share of them that lies in a part. */
struct file_amount {
	uint64_t count, bytes;
	uint64_t ns;      /* 0: not known */
	uint64_t wait_ns; /* of it: waited for the disk */
	uint64_t major;   /* of faults */
	uint64_t back;    /* WAY_BACK: bytes of those that had been evicted */
};

/* Operations of one kind on bytes of a file that follow each other. */
struct file_op {
	const struct file_ref *file;
	const struct place *place; /* NULL: not known */
	enum file_way way;
	struct file_amount all;
	uint64_t start;
	bool located;       /* `start` is known */
	bool timed;         /* `ns` is known, and counts for the distribution */
	bool direct;        /* with O_DIRECT */
	bool from_call;     /* of a call, whose record does not say whether its file is open with O_DIRECT */
	bool sets_direct;   /* it opens the file, or changes its flags: with O_DIRECT or without */
	bool opens_direct;  /* with it */
	uint64_t max_ns;    /* the longest */
	const __u8 *spread; /* of several: IO_SPREAD buckets of bpf/events.h; NULL: it is one */
	uint64_t gone_ns;   /* WAY_BACK: for how long they had been */
	/* what belongs to the file alone */
	uint64_t opens, other_calls, errors, other_ns;
};

/* Fills in what an event did: returns how many operations it is, at most two. Files that are neither regular nor
 * block devices are left out. The operations refer to the event. */
enum { FILE_OPS_MAX = 2 };
unsigned file_ops_of(const struct event *ev, struct file_op ops[FILE_OPS_MAX]);

/* Adds an operation to the counts of its file. */
void file_op_add(const struct file_op *op, struct file_counts *counts);

/* Adds the share of an operation that lies between two of its bytes, from `before` up to `after`. The shares of
 * neighbours add up to the whole, a single operation belongs to where it begins, and bytes are exact. */
void file_op_add_share(const struct file_op *op, uint64_t before, uint64_t after, struct file_counts *counts);

#endif
