/* SPDX-License-Identifier: BSD-2-Clause */
/* Several reads of one file in flight at once: by io_uring, or by threads where the kernel refuses that. */
#ifndef BUNDLE_IO_OVERLAP_H
#define BUNDLE_IO_OVERLAP_H

#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>

#include "file.h"

struct transfer {
	char *data;
	uint64_t offset;
	size_t size;
	int err;          /* result: PB_OK, IO or TRUNCATED */
	int error_number; /* result: errno, with IO */
};

struct overlap {
	pthread_mutex_t lock; /* held by the batch that uses the ring; concurrent batches use threads */
	struct io_uring ring;
	bool has_ring, tried;
};

void overlap_init(struct overlap *overlap);
void overlap_free(struct overlap *overlap);

/* Makes `count` transfers; returns when all have succeeded or failed. Thread-safe. */
void overlap_read(struct overlap *overlap, struct file *file, struct transfer *transfers, unsigned int count);

/* In a forked child: drops the ring, which belongs to the parent. */
void overlap_after_fork(struct overlap *overlap);

#endif
