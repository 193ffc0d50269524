/* SPDX-License-Identifier: BSD-2-Clause */
/* What an event says was done to files, one form for all: calls, requests of io_uring, and sums of operations. */
#ifndef USER_TABLES_FILE_OP_H
#define USER_TABLES_FILE_OP_H

#include "user/event/event.h"
#include "file_counts.h"

enum file_op_covers {
	COVERS_NOTHING,
	COVERS_READ,   /* bytes that were read or touched */
	COVERS_FILLED, /* bytes that came into the page cache */
};

/* Operations of one kind on bytes of a file that follow each other. */
struct file_op {
	const struct file_ref *file;
	const struct place *place; /* NULL: not known */
	struct file_sums beside;   /* of the file alone: what is about none of its bytes */
	struct file_sums sums;     /* of the bytes below */
	uint64_t start, bytes;
	bool located; /* `start` is known */
	enum file_op_covers covers;
	uint64_t count;     /* operations that took `took_ns` together; 0: nothing for the distribution */
	uint64_t took_ns;   /* NO_DURATION: not known */
	uint64_t max_ns;    /* the longest */
	const __u8 *spread; /* of several: IO_SPREAD buckets of bpf/events.h; NULL: one */
	bool from_call;     /* of a call, whose record does not say whether its file is open with O_DIRECT */
	bool sets_direct;   /* it opens the file, or changes its flags: with O_DIRECT or without */
	bool opens_direct;  /* with it */
};

/* Fills in what an event did: returns how many operations it is, at most two. Files that are neither regular nor
 * block devices are left out. The operations refer to the event. */
enum { FILE_OPS_MAX = 2 };
unsigned file_ops_of(const struct event *ev, struct file_op ops[FILE_OPS_MAX]);

/* Adds the durations of an operation, or its share of them, to a distribution. */
void file_op_took(
	const struct file_op *op, const struct file_share *share, struct latency *took, size_t *room);

#endif
