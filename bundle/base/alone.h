/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations that form one total order over all threads (cache/cache.c says why eviction needs it).
 * While the process has a single thread they are plain loads and stores: a locked instruction would wait until
 * every earlier store, such as a model's bytes, has left the processor. libstdc++ counts references this way.
 */
#ifndef BUNDLE_BASE_ALONE_H
#define BUNDLE_BASE_ALONE_H

#include <stdbool.h>
#include <stdint.h>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ALONE (__libc_single_threaded)
#else
#define ALONE false
#endif

/* Adds, and returns the value before. */
static inline uint64_t add_in_order(uint64_t *at, uint64_t by)
{
	if (!ALONE)
		return __atomic_fetch_add(at, by, __ATOMIC_SEQ_CST);
	uint64_t before = __atomic_load_n(at, __ATOMIC_RELAXED);
	__atomic_store_n(at, before + by, __ATOMIC_RELAXED);
	return before;
}

static inline void point_in_order(void **at, void *to)
{
	if (ALONE)
		__atomic_store_n(at, to, __ATOMIC_RELAXED);
	else
		__atomic_store_n(at, to, __ATOMIC_SEQ_CST);
}

#endif
