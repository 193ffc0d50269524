/* SPDX-License-Identifier: BSD-2-Clause */
#include "present_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* The ioctl PAGEMAP_SCAN of linux/fs.h, from Linux 6.7 on; older headers do not have it. */
struct page_region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages, inverted, all_of,
		any_of, returned;
};

#define SCAN            _IOWR('f', 16, struct scan_arg)
#define CATEGORY_MAPPED (1u << 3)

enum { REGIONS = 512 };

#define AT_ONCE ((uint64_t)128 << 20) /* bytes that are walked with one call, under the process's lock */

int present_pages_open(pid_t pid)
{
	char path[40];
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	int tables = open(path, O_RDONLY | O_CLOEXEC);
	return tables < 0 ? -errno : tables;
}

int64_t present_pages(int tables, uint64_t start, uint64_t end)
{
	struct page_region regions[REGIONS];
	int64_t pages = 0;
	while (start < end) {
		struct scan_arg arg = {
			.size = sizeof(arg),
			.start = start,
			.end = end - start < AT_ONCE ? end : start + AT_ONCE,
			.regions = (uintptr_t)regions,
			.region_count = REGIONS,
			.all_of = CATEGORY_MAPPED,
			.returned = CATEGORY_MAPPED,
		};
		int count = ioctl(tables, SCAN, &arg);
		if (count < 0)
			return -errno;
		for (int i = 0; i < count; i++)
			pages += (int64_t)((regions[i].end - regions[i].start) / PAGE_BYTES);
		if (arg.walk_end <= start)
			return -EIO;
		start = arg.walk_end;
	}
	return pages;
}
