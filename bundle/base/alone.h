/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps that threads may take at once, in one order for all of them (cache.c says why). While the process has
 * one thread they are plain ones, which do not wait until all that was written before, such as a model's
 * bytes, has left the processor; libstdc++ counts references in the same way.
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

/* Returns what was there before. */
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
