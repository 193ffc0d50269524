/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads numbers and parts of copied memory. The bytes are the traced program's: they may hold anything, and
 * be fewer than the struct they stand for. Nothing outside of the span is read.
 */
#ifndef USER_CALLS_MEMORY_READ_H
#define USER_CALLS_MEMORY_READ_H

#include <stddef.h>

#include "user/event/event.h"

/* The number of `size` (1 to 8) bytes at byte `at`; 0 where the memory ends before it. */
uint64_t memory_number(struct span memory, size_t at, size_t size);

/* The part from byte `at` on, at most `size` bytes; it may be empty. Shares the memory. */
struct span memory_part(struct span memory, size_t at, size_t size);

static inline uint32_t memory_u32(struct span memory, size_t at)
{
	return (uint32_t)memory_number(memory, at, 4);
}

static inline int32_t memory_s32(struct span memory, size_t at)
{
	return (int32_t)memory_number(memory, at, 4);
}

static inline uint64_t memory_u64(struct span memory, size_t at)
{
	return memory_number(memory, at, 8);
}

#endif
