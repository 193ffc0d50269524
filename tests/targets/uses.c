// SPDX-License-Identifier: BSD-2-Clause
/*
 * uses FILE [LETTERS]: uses a file as loaders do. Each letter, by default from standard input, is a step:
 *   d  drop it from the page cache     r  read all of it, 64 KiB at a time     m  map it and touch each page
 *   w  write the same bytes again, without reading them     a  the same as m under MADV_RANDOM
 *   u  map, touch and unmap it at once     o  read its first 64 KiB past the page cache     c  close its descriptor
 * What it has mapped stays until the next step but c. After each step it prints what it did, the kernel's counts of faults
 * and of blocks read, and how many pages of a new mapping were in the page cache before it was touched:
 * "r reads 3 bytes 150000 faults 0 blocks 8 cached 0".
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, PAGE = 4096 };

static long reads, bytes, faults, cached;
static char *copy; /* of the file's bytes */

static long faults_so_far(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static long blocks_so_far(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_inblock;
}

static void read_all(int fd)
{
	static char buffer[CHUNK];
	ssize_t got;
	for (off_t at = 0; (got = pread(fd, buffer, CHUNK, at)) > 0; at += got) {
		reads++;
		bytes += got;
	}
}

/* Writes the same bytes in whole chunks; the rest of the file is not written. */
static void write_all(int fd, const char *bytes, size_t size)
{
	for (size_t at = 0; at + CHUNK <= size; at += CHUNK)
		if (pwrite(fd, bytes + at, CHUNK, (off_t)at) != CHUNK)
			exit(1);
}

static char *mapped;
static size_t mapped_size;

static void unmap_all(void)
{
	if (mapped)
		munmap(mapped, mapped_size);
	mapped = NULL;
}

static void count_cached(void)
{
	static unsigned char pages[1 << 16];
	if (mincore(mapped, mapped_size, pages))
		exit(1);
	for (size_t i = 0; i < (mapped_size + PAGE - 1) / PAGE; i++)
		cached += pages[i] & 1;
}

static void map_all(int fd, size_t size, bool at_random)
{
	mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	mapped_size = size;
	if (mapped == MAP_FAILED || (at_random && madvise(mapped, size, MADV_RANDOM)))
		exit(1);
	count_cached();
	volatile const char *map = mapped;
	long before = faults_so_far();
	for (size_t at = 0; at < size; at += PAGE)
		(void)map[at];
	faults = faults_so_far() - before;
}

static void read_direct(const char *path)
{
	static _Alignas(PAGE) char buffer[CHUNK];
	int fd = open(path, O_RDONLY | O_DIRECT);
	ssize_t got = fd < 0 ? -1 : pread(fd, buffer, CHUNK, 0);
	bytes = got > 0 ? got : 0;
	reads = got > 0;
	if (fd >= 0)
		close(fd);
}

static void use(int fd, int letter, const char *path)
{
	static struct stat st;
	long blocks = blocks_so_far();
	reads = bytes = faults = cached = 0;
	if (letter != 'c')
		unmap_all();
	if (letter != 'c' && fstat(fd, &st))
		exit(1);
	if (letter == 'd' && (fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)))
		exit(1);
	if (letter == 'r')
		read_all(fd);
	if (letter == 'w')
		write_all(fd, copy, (size_t)st.st_size);
	if (letter == 'm' || letter == 'a' || letter == 'u')
		map_all(fd, (size_t)st.st_size, letter == 'a');
	if (letter == 'u')
		unmap_all();
	if (letter == 'o')
		read_direct(path);
	if (letter == 'c')
		close(fd);
	printf("%c reads %ld bytes %ld faults %ld blocks %ld cached %ld\n", letter, reads, bytes, faults,
		blocks_so_far() - blocks, cached);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd = argc > 1 ? open(argv[1], O_RDWR) : -1;
	if (fd < 0 || fstat(fd, &st))
		return 2;
	copy = malloc((size_t)st.st_size + 1);
	if (!copy || pread(fd, copy, (size_t)st.st_size, 0) != st.st_size)
		return 1;
	puts("ready");
	fflush(stdout);
	for (const char *letter = argc > 2 ? argv[2] : ""; *letter; letter++)
		use(fd, *letter, argv[1]);
	for (int letter; argc < 3 && (letter = getchar()) != EOF;)
		if (letter != '\n')
			use(fd, letter, argv[1]);
	return 0;
}
