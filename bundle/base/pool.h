/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of evicted models, kept for the next load: fresh memory from the kernel costs a page fault every 4
 * KiB, which makes a large load several times slower. Not thread-safe: the owner locks.
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
	struct buffer buffers[POOL_BUFFERS]; /* oldest first */
	unsigned int count;
	uint64_t bytes, limit; /* bytes kept, and their limit, which a single buffer may pass */
	void *retired;         /* list of buffers to be freed */
};

/* Takes the kept buffer that fits `size` bytes (not 0) best, wasting at most half of it. data NULL: none. */
struct buffer pool_take(struct pool *pool, size_t size);

/* Allocates a buffer, aligned to POOL_ALIGN, or to POOL_PAGE from about POOL_LARGE on. With huge_pages, asks
 * the kernel for huge pages if it is large enough. The caller owns it. data NULL: out of memory. */
struct buffer buffer_new(size_t size, bool huge_pages);

/*
 * Where in a buffer to put `size` bytes that are copied from `offset` of a file, and the capacity needed for
 * that. In large buffers source and destination are kept half a page apart modulo 4096: a load whose address
 * matches a recent store in its low 12 bits is delayed ("4K aliasing": Intel 64 and IA-32 Architectures
 * Optimization Reference Manual), and such a copy is up to 9 percent slower.
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

/* The buffer of that capacity that contains `place`, which buffer_place returned. */
static inline struct buffer buffer_around(void *place, size_t capacity)
{
	size_t in_page = capacity >= POOL_LARGE ? (uintptr_t)place % POOL_PAGE : 0;
	return (struct buffer){ (char *)place - in_page, capacity };
}

/* Keeps a buffer, or retires it; the pool owns it from here on. */
void pool_give(struct pool *pool, struct buffer buffer);

/* Retires buffers, oldest first, until at most `bytes` are kept. */
void pool_trim(struct pool *pool, uint64_t bytes);

/* Takes the list of retired buffers, NULL if there are none, for pool_free_retired. Freeing is a second step,
 * to be done without the owner's lock: returning memory to the kernel is slow. */
static inline void *pool_retired(struct pool *pool)
{
	void *retired = pool->retired;
	pool->retired = NULL;
	return retired;
}

void pool_free_retired(void *retired);

/* Frees all kept and retired buffers. */
void pool_free(struct pool *pool);

#endif
