/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/modelfile/cached_bytes.h"
#include "user/modelfile/identity.h"

enum { LOOK_MS = 1000 };

/* The file as it is now, if its path still leads to it. -1: not, or it may not be opened. */
static int open_file(const struct file_stats *file, uint64_t *size)
{
	const struct file_id id = { .ino = file->key.ino, .dev = (uint32_t)file->key.dev, .mode = S_IFREG };
	char *path = file->path && !file->path_cut && !file->path_deleted
			     ? strndup(file->path, file->path_len)
			     : NULL;
	struct stat st;
	int fd = path ? identity_open(&id, path, &st) : -1;
	free(path);
	if (fd >= 0)
		*size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
	return fd;
}

/* What is in the page cache of that which caches of bundles hold. One that is mapped is the page cache itself: what the
 * bundle holds is there once. */
static void look_at_held(struct file_table *table, struct file_stats *file, int fd, uint64_t size)
{
	struct covered held = { 0 };
	const struct span path = { file->path, file->path_len, false };
	int64_t all = 0, bytes;
	bool known = !file->counts.sums.maps && held_ranges(&table->held, path, &held, &table->room);
	for (uint32_t i = 0; known && i < held.used; i++) {
		uint64_t end = held.ranges[i].end < size ? held.ranges[i].end : size;
		bytes = cached_bytes(fd, held.ranges[i].start, end);
		known = bytes >= 0;
		all += bytes;
	}
	file->double_known = known;
	file->double_bytes = known ? (uint64_t)all : 0;
	covered_free(&held);
}

void page_cache_look(struct file_table *table, bool held)
{
	uint64_t deadline_ms = clock_monotonic_ms() + LOOK_MS, size;
	files_table_sort(table);
	for (struct file_stats *file = table->files; file && clock_monotonic_ms() < deadline_ms;
		file = file->hh.next) {
		int fd = file->format ? open_file(file, &size) : -1;
		int64_t bytes = fd >= 0 ? cached_bytes(fd, 0, size) : -1;
		file->resident_known = bytes >= 0;
		file->resident_bytes = bytes >= 0 ? (uint64_t)bytes : 0;
		if (bytes >= 0 && held)
			look_at_held(table, file, fd, size);
		if (fd >= 0)
			close(fd);
	}
}
