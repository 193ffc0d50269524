/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* Below this malloc is as good. */
#define POOL_SMALLEST 4096

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
	if (best < pool->count)
		return pool_remove(pool, best);
	if (size > SIZE_MAX - POOL_ALIGN)
		return (struct buffer){ NULL, 0 };
	size_t capacity = (size + POOL_ALIGN - 1) & ~(size_t)(POOL_ALIGN - 1);
	return (struct buffer){ aligned_alloc(POOL_ALIGN, capacity), capacity };
}

void pool_give(struct pool *pool, struct buffer buffer)
{
	if (buffer.capacity < POOL_SMALLEST) {
		free(buffer.data);
		return;
	}
	while (pool->count == POOL_BUFFERS ||
		(pool->count > 0 &&
			(pool->bytes > pool->limit || buffer.capacity > pool->limit - pool->bytes)))
		free(pool_remove(pool, 0).data);
	pool->buffers[pool->count++] = buffer;
	pool->bytes += buffer.capacity;
}

void pool_free(struct pool *pool)
{
	while (pool->count)
		free(pool_remove(pool, 0).data);
}
