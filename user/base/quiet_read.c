/* SPDX-License-Identifier: BSD-2-Clause */
#include "quiet_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK 4096u /* no file system that has O_DIRECT asks for more */

/* The same file, opened anew with O_DIRECT. */
static int open_direct(int fd)
{
	char self[32];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return open(self, O_RDONLY | O_DIRECT | O_CLOEXEC);
}

/* The bytes around the wanted ones, in whole blocks. -1: the file system does not take it. */
static ssize_t read_direct(int fd, void *out, size_t size, uint64_t offset)
{
	uint64_t start = offset & ~(uint64_t)(BLOCK - 1);
	size_t before = (size_t)(offset - start);
	size_t whole = (before + size + BLOCK - 1) & ~(size_t)(BLOCK - 1);
	void *blocks = aligned_alloc(BLOCK, whole);
	int direct = blocks ? open_direct(fd) : -1;
	ssize_t got = direct < 0 ? -1 : TEMP_FAILURE_RETRY(pread(direct, blocks, whole, (off_t)start));
	if (got >= 0) {
		got = (size_t)got > before ? got - (ssize_t)before : 0;
		got = (size_t)got < size ? got : (ssize_t)size;
		memcpy(out, (char *)blocks + before, (size_t)got);
	}
	if (direct >= 0)
		close(direct);
	free(blocks);
	return got;
}

/* True if blocks are in the page cache; of files that are neither the caller's own nor writable to it the kernel says so
 * always. */
static bool is_cached(int fd, size_t size, uint64_t offset)
{
	uint64_t start = offset & ~(uint64_t)(BLOCK - 1);
	size_t bytes = (size_t)(offset - start) + size;
	unsigned char in[QUIET_BYTES / BLOCK + 1];
	void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)start);
	if (at == MAP_FAILED)
		return true;
	bool all = mincore(at, bytes, in) == 0;
	for (size_t i = 0; all && i < (bytes + BLOCK - 1) / BLOCK; i++)
		all = in[i] & 1;
	munmap(at, bytes);
	return all;
}

ssize_t quiet_read(int fd, void *out, size_t size, uint64_t offset)
{
	size_t some = size < QUIET_BYTES ? size : QUIET_BYTES;
	ssize_t got = is_cached(fd, some, offset) ? -1 : read_direct(fd, out, some, offset);
	return got >= 0 ? got : TEMP_FAILURE_RETRY(pread(fd, out, size, (off_t)offset));
}
