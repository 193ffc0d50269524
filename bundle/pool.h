/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of evicted models, kept for the next load. Fresh memory of the kernel costs a page fault every 4
 * KiB, which makes a large load several times slower than one into memory that was used before.
 */
#ifndef BUNDLE_POOL_H
#define BUNDLE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_BUFFERS 16
#define POOL_ALIGN   64

struct buffer {
	void *data;
	size_t capacity;
};

struct pool {
	struct buffer buffers[POOL_BUFFERS]; /* in the order they came */
	unsigned int count;
	uint64_t bytes, limit; /* of what is kept; a single buffer may pass the limit */
};

/* A buffer of at least `size` bytes (not 0), aligned to POOL_ALIGN. data NULL: out of memory. */
struct buffer pool_take(struct pool *pool, size_t size);

void pool_give(struct pool *pool, struct buffer buffer);
void pool_free(struct pool *pool);

#endif
