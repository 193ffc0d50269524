/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of evicted models, kept for the next load. Fresh memory of the kernel costs a page fault every 4
 * KiB, which makes a large load several times slower than one into memory that was used before.
 * The owner keeps threads apart.
 */
#ifndef BUNDLE_BASE_POOL_H
#define BUNDLE_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_BUFFERS 64
#define POOL_ALIGN   64
#define POOL_PAGE    ((size_t)4096)
#define POOL_LARGE   (8 * POOL_PAGE)

struct buffer {
	void *data;
	size_t capacity;
};

struct pool {
	struct buffer buffers[POOL_BUFFERS]; /* in the order they came */
	unsigned int count;
	uint64_t bytes, limit; /* of what is kept; a single buffer may pass the limit */
	void *retired;         /* given up, and not freed yet */
};

/* A kept buffer of at least `size` bytes (not 0), and not much more. data NULL: there is none. */
struct buffer pool_take(struct pool *pool, size_t size);
/* A new one, aligned to POOL_ALIGN, or to 4096 bytes if it is large. data NULL: out of memory. */
struct buffer buffer_new(size_t size, bool huge_pages);

/*
 * The place in a buffer for `size` bytes that are copied from `offset` of a file, and how large a buffer is
 * to be for that. In a large one the two are half a page apart in their pages: a processor takes a load for
 * one that has to wait, if a store shortly before it was to the same place of another page ("4K aliasing":
 * Intel 64 and IA-32 Architectures Optimization Reference Manual), and copies up to 9 percent slower.
 */
static inline size_t buffer_need(size_t size)
{
	return size < POOL_LARGE || size > SIZE_MAX - POOL_PAGE ? size : size + POOL_PAGE;
}

static inline void *buffer_place(struct buffer buffer, size_t size, uint64_t offset)
{
	bool room = buffer.data && buffer.capacity >= POOL_LARGE && buffer.capacity - size >= POOL_PAGE;
	size_t in_page = (size_t)(offset + POOL_PAGE / 2) % POOL_PAGE / POOL_ALIGN * POOL_ALIGN;
	return room ? (char *)buffer.data + in_page : buffer.data;
}

/* The buffer of that capacity that a place is in. */
static inline struct buffer buffer_around(void *place, size_t capacity)
{
	size_t in_page = capacity >= POOL_LARGE ? (uintptr_t)place % POOL_PAGE : 0;
	return (struct buffer){ (char *)place - in_page, capacity };
}

void pool_give(struct pool *pool, struct buffer buffer);

/* Retires buffers, the oldest first, until no more than `bytes` are kept. */
void pool_trim(struct pool *pool, uint64_t bytes);

/* Buffers that the pool has no room for. They are freed later, since giving memory back to the kernel takes
 * long and the pool's owner holds a lock. */
void *pool_retired(struct pool *pool);
void pool_free_retired(void *retired);

void pool_free(struct pool *pool);

#endif
