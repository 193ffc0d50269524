/* SPDX-License-Identifier: BSD-2-Clause */
#include "direct.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, BOUNCE = 1 << 20 };

/* Reads the blocks around the range into a temporary buffer and copies from that. */
static ssize_t read_around(int fd, void *data, size_t size, uint64_t offset)
{
	size_t skip = offset % BLOCK, want = size < BOUNCE - BLOCK ? size : BOUNCE - BLOCK;
	char *blocks = aligned_alloc(BLOCK, (skip + want + BLOCK - 1) / BLOCK * BLOCK);
	if (!blocks) {
		errno = ENOMEM;
		return -1;
	}
	ssize_t got = pread(fd, blocks, (skip + want + BLOCK - 1) / BLOCK * BLOCK, (off_t)(offset - skip));
	if (got >= 0)
		got = (size_t)got > skip ? got - (ssize_t)skip : 0;
	if (got > (ssize_t)want)
		got = (ssize_t)want;
	if (got > 0)
		memcpy(data, blocks + skip, (size_t)got);
	int keep = errno;
	free(blocks);
	errno = keep;
	return got;
}

ssize_t direct_read(int fd, void *data, size_t size, uint64_t offset)
{
	size_t whole = size / BLOCK * BLOCK;
	if (offset % BLOCK || (uintptr_t)data % BLOCK || !whole)
		return read_around(fd, data, size, offset);
	return pread(fd, data, whole, (off_t)offset);
}
