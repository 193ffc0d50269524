/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Below this malloc is as good. */
#define POOL_SMALLEST 4096
#define PAGE          ((size_t)4096)
#define HUGE_PAGE     ((size_t)2 << 20)
#define LARGE         (8 * PAGE)

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
	/* the smallest that fits; of equals the one used last, which the processor's caches still hold */
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
	/* one whose capacity is LARGE begins with a page */
	size_t align = huge ? HUGE_PAGE : size > LARGE - POOL_ALIGN ? PAGE : POOL_ALIGN;
	if (size > SIZE_MAX - align)
		return (struct buffer){ NULL, 0 };
	size_t capacity = (size + align - 1) & ~(align - 1);
	struct buffer buffer = { aligned_alloc(align, capacity), capacity };
	if (huge && buffer.data)
		madvise(buffer.data, capacity, MADV_HUGEPAGE); /* where there are none, it is as before */
	return buffer;
}

size_t buffer_need(size_t size)
{
	return size < LARGE || size > SIZE_MAX - PAGE ? size : size + PAGE;
}

void *buffer_place(struct buffer buffer, size_t size, uint64_t offset)
{
	bool room = buffer.data && buffer.capacity >= LARGE && buffer.capacity - size >= PAGE;
	size_t in_page = (size_t)(offset + PAGE / 2) % PAGE / POOL_ALIGN * POOL_ALIGN;
	return room ? (char *)buffer.data + in_page : buffer.data;
}

struct buffer buffer_around(void *place, size_t capacity)
{
	size_t in_page = capacity >= LARGE ? (uintptr_t)place % PAGE : 0;
	return (struct buffer){ (char *)place - in_page, capacity };
}

/* They are linked through their first bytes. */
static void retire(struct pool *pool, struct buffer buffer)
{
	*(void **)buffer.data = pool->retired;
	pool->retired = buffer.data;
}

void *pool_retired(struct pool *pool)
{
	void *retired = pool->retired;
	pool->retired = NULL;
	return retired;
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
