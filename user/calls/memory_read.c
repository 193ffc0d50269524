/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_read.h"

#include <string.h>

uint64_t memory_number(struct span memory, size_t at, size_t size)
{
	uint64_t number = 0;
	if (size <= sizeof(number) && at + size <= memory.len)
		memcpy(&number, memory.data + at, size);
	return number;
}

struct span memory_part(struct span memory, size_t at, size_t size)
{
	if (at > memory.len)
		at = memory.len;
	if (size > memory.len - at)
		size = memory.len - at;
	return (struct span){ .data = memory.data + at, .len = (uint32_t)size };
}
