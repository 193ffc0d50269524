/* SPDX-License-Identifier: BSD-2-Clause */
#include "cached_pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "present_pages.h"

#define SYS_CACHESTAT 451 /* from Linux 6.5 on */

bool cached_pages(int fd, uint64_t first, unsigned count, unsigned char *pages)
{
	size_t bytes = (size_t)count * PAGE_BYTES;
	/* nothing can be touched through it, not even by mistake */
	void *map = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE, fd, (off_t)(first * PAGE_BYTES));
	if (map == MAP_FAILED)
		return false;
	bool said = mincore(map, bytes, pages) == 0;
	munmap(map, bytes);
	return said;
}

int64_t cached_pages_count(int fd, uint64_t first, uint64_t count)
{
	const uint64_t range[2] = { first * PAGE_BYTES, count * PAGE_BYTES };
	uint64_t pages[5];
	return syscall(SYS_CACHESTAT, fd, range, pages, 0) == 0 ? (int64_t)pages[0] : -1;
}

bool cached_pages_permitted(int fd, const struct stat *st)
{
	char link[32];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return st->st_uid == geteuid() || faccessat(AT_FDCWD, link, W_OK, AT_EACCESS) == 0;
}
