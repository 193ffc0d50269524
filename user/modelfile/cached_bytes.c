/* SPDX-License-Identifier: BSD-2-Clause */
#include "cached_bytes.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define PAGE       4096ull
#define PIECE      (64ull << 20) /* for mincore */
#define PIECE_PAGE (PIECE / PAGE)

/* Of <linux/mman.h>, which may be older. */
struct range {
	uint64_t start, bytes;
};
struct counted {
	uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static int64_t by_cachestat(int fd, uint64_t start, uint64_t end)
{
	struct range range = { start, end - start };
	struct counted counted = { 0 };
	if (syscall(SYS_cachestat, fd, &range, &counted, 0))
		return -errno;
	return counted.cached > INT64_MAX / PAGE ? -ERANGE : (int64_t)(counted.cached * PAGE);
}

/* `start` is at a page, and it is one piece. */
static int64_t piece_by_mincore(int fd, uint64_t start, uint64_t end)
{
	static unsigned char present[PIECE_PAGE];
	void *map = mmap(NULL, end - start, PROT_READ, MAP_SHARED, fd, (off_t)start);
	int64_t pages = 0;
	if (map == MAP_FAILED)
		return -errno;
	int failed = mincore(map, end - start, present) ? errno : 0;
	munmap(map, end - start);
	for (uint64_t i = 0; !failed && i < (end - start + PAGE - 1) / PAGE; i++)
		pages += present[i] & 1;
	return failed ? -failed : pages * (int64_t)PAGE;
}

static int64_t by_mincore(int fd, uint64_t start, uint64_t end)
{
	int64_t all = 0;
	for (uint64_t at = start & ~(PAGE - 1); at < end;) {
		uint64_t to = end - at < PIECE ? end : at + PIECE;
		int64_t bytes = piece_by_mincore(fd, at, to);
		if (bytes < 0)
			return bytes;
		all += bytes;
		at = to;
	}
	return all;
}

int64_t cached_bytes(int fd, uint64_t start, uint64_t end)
{
	if (start >= end)
		return 0;
	int64_t bytes = by_cachestat(fd, start, end);
	if (bytes == -ENOSYS)
		bytes = by_mincore(fd, start, end);
	return bytes > (int64_t)(end - start) ? (int64_t)(end - start) : bytes;
}
