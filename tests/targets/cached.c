/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached FILE STEP...: uses a file's pages in the page cache, and prints for each step how many of them were there before
 * it and after it, as mincore() has it: [{"step","before","after"},...]
 *   drop:FROM:BYTES      posix_fadvise(POSIX_FADV_DONTNEED)
 *   read:FROM:BYTES      pread(), 64 KiB at a time
 *   write:FROM:BYTES     pwrite(), 64 KiB at a time, and fsync()
 *   truncate:BYTES       ftruncate()
 *   punch:FROM:BYTES     fallocate(FALLOC_FL_PUNCH_HOLE)
 *   rounds:COUNT         so often, every page of a mapping with MADV_RANDOM, in order
 *   group:FOLDER         enters a control group
 *   unlink               removes the file, and closes it: the last step
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (64 << 10)
#define PAGE  4096

static int fd;
static char block[BLOCK];

/* Of the whole file; -1: it is gone. */
static long resident(void)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return -1;
	size_t pages = ((size_t)st.st_size + PAGE - 1) / PAGE;
	unsigned char *present = malloc(pages + 1);
	void *map = pages ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	long count = 0;
	if (pages && (!present || map == MAP_FAILED || mincore(map, (size_t)st.st_size, present)))
		return -1;
	for (size_t i = 0; i < pages; i++)
		count += present[i] & 1;
	if (pages)
		munmap(map, (size_t)st.st_size);
	free(present);
	return count;
}

static int transfer(long from, long bytes, int writes)
{
	for (long at = from; at < from + bytes;) {
		size_t left = (size_t)(from + bytes - at), now = left < BLOCK ? left : BLOCK;
		ssize_t got = writes ? pwrite(fd, block, now, at) : pread(fd, block, now, at);
		if (got <= 0)
			return -1;
		at += got;
	}
	return writes ? fsync(fd) : 0;
}

static volatile char sink;

static int rounds(long count)
{
	struct stat st;
	if (fstat(fd, &st))
		return -1;
	const char *all = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (all == MAP_FAILED || madvise((void *)all, (size_t)st.st_size, MADV_RANDOM))
		return -1;
	for (; count > 0; count--)
		for (long at = 0; at < st.st_size; at += PAGE)
			sink = all[at];
	return munmap((void *)all, (size_t)st.st_size);
}

static int enter(const char *folder)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	int procs = open(path, O_WRONLY);
	int failed = procs < 0 || dprintf(procs, "%d", (int)getpid()) < 0;
	close(procs);
	return failed ? -1 : 0;
}

static int take(const char *file, const char *step)
{
	long from = 0, bytes = 0;
	if (sscanf(step, "drop:%ld:%ld", &from, &bytes) == 2)
		return posix_fadvise(fd, from, bytes, POSIX_FADV_DONTNEED);
	if (sscanf(step, "read:%ld:%ld", &from, &bytes) == 2)
		return transfer(from, bytes, 0);
	if (sscanf(step, "write:%ld:%ld", &from, &bytes) == 2)
		return transfer(from, bytes, 1);
	if (sscanf(step, "truncate:%ld", &bytes) == 1)
		return ftruncate(fd, bytes);
	if (sscanf(step, "punch:%ld:%ld", &from, &bytes) == 2)
		return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, bytes);
	if (sscanf(step, "rounds:%ld", &bytes) == 1)
		return rounds(bytes);
	if (strncmp(step, "group:", 6) == 0)
		return enter(step + 6);
	if (strcmp(step, "unlink") != 0 || unlink(file) || close(fd))
		return -1;
	fd = -1;
	return 0;
}

int main(int argc, char **argv)
{
	fd = argc > 2 ? open(argv[1], O_RDWR) : -1;
	if (fd < 0)
		return 2;
	memset(block, 5, sizeof(block));
	printf("[");
	for (int i = 2; i < argc; i++) {
		long before = resident();
		if (take(argv[1], argv[i]))
			return 1;
		printf("%s{\"step\":\"%s\",\"before\":%ld,\"after\":%ld}", i > 2 ? "," : "", argv[i], before,
			resident());
	}
	printf("]\n");
	return 0;
}
