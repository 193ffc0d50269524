/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Smaller buffers are left to malloc. */
#define POOL_SMALLEST 4096
#define HUGE_PAGE     ((size_t)2 << 20)

static struct buffer pool_remove(struct pool *pool, unsigned int i)
{
	struct buffer taken = pool->buffers[i];
	pool->count--;
	pool->bytes -= taken.capacity;
	memmove(&pool->buffers[i], &pool->buffers[i + 1], (pool->count - i) * sizeof(taken));
	return taken;
}

struct buffer pool_take(struct pool *pool, size_t size)
{
	/* the smallest that fits; among equals the one given last, which is likely still in the CPU's caches */
	unsigned int best = pool->count;
	for (unsigned int i = 0; i < pool->count; i++) {
		size_t capacity = pool->buffers[i].capacity;
		if (capacity < size || capacity / 2 > size)
			continue;
		if (best == pool->count || capacity <= pool->buffers[best].capacity)
			best = i;
	}
	return best < pool->count ? pool_remove(pool, best) : (struct buffer){ NULL, 0 };
}

struct buffer buffer_new(size_t size, bool huge_pages)
{
	bool huge = huge_pages && size >= HUGE_PAGE;
	/* buffer_around relies on it: a capacity of POOL_LARGE or more means page alignment */
	size_t align = huge ? HUGE_PAGE : size > POOL_LARGE - POOL_ALIGN ? POOL_PAGE : POOL_ALIGN;
	if (size > SIZE_MAX - align)
		return (struct buffer){ NULL, 0 };
	size_t capacity = (size + align - 1) & ~(align - 1);
	struct buffer buffer = { aligned_alloc(align, capacity), capacity };
	if (huge && buffer.data)
		madvise(buffer.data, capacity, MADV_HUGEPAGE); /* a hint: failure is harmless */
	return buffer;
}

/* Retired buffers form a list, linked through their first bytes. */
static void retire(struct pool *pool, struct buffer buffer)
{
	*(void **)buffer.data = pool->retired;
	pool->retired = buffer.data;
}

void pool_free_retired(void *retired)
{
	while (retired) {
		void *next = *(void **)retired;
		free(retired);
		retired = next;
	}
}

void pool_give(struct pool *pool, struct buffer buffer)
{
	if (buffer.capacity < POOL_SMALLEST) {
		retire(pool, buffer);
		return;
	}
	while (pool->count == POOL_BUFFERS ||
		(pool->count > 0 &&
			(pool->bytes > pool->limit || buffer.capacity > pool->limit - pool->bytes)))
		retire(pool, pool_remove(pool, 0));
	pool->buffers[pool->count++] = buffer;
	pool->bytes += buffer.capacity;
}

void pool_trim(struct pool *pool, uint64_t bytes)
{
	while (pool->count && pool->bytes > bytes)
		retire(pool, pool_remove(pool, 0));
}

void pool_free(struct pool *pool)
{
	while (pool->count)
		free(pool_remove(pool, 0).data);
	pool_free_retired(pool_retired(pool));
}
