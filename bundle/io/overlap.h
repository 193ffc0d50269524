/* SPDX-License-Identifier: BSD-2-Clause */
/* Many reads of one file at once: by io_uring where the kernel allows it, else by threads. */
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
	int err; /* result: PB_OK, IO, TRUNCATED */
	int error_number;
};

struct overlap {
	pthread_mutex_t lock; /* one batch uses the ring at a time, others use threads */
	struct io_uring ring;
	bool has_ring, tried;
};

void overlap_init(struct overlap *overlap);
void overlap_free(struct overlap *overlap);

/* Returns when all are done. */
void overlap_read(struct overlap *overlap, struct file *file, struct transfer *transfers, unsigned int count);

/* In a forked child, which must not use the ring of its parent. */
void overlap_after_fork(struct overlap *overlap);

#endif
