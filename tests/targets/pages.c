/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages FILE HOW [MORE...]: uses a file of 16 MiB or more in the ways of the list, one after the other, and prints for each
 * what it asked for, and what the kernel counted for it: {"how", "bytes", "calls", "minor", "major", "read_bytes"}.
 *   cold        writes the file back and drops its pages (no result is printed)
 *   sequential  16 MiB by read(), 64 KiB at a time
 *   random      256 times 4 KiB by pread(), at different places in random order
 *   threads     two threads, each half of the 16 MiB by pread(), 64 KiB at a time
 *   large       16 MiB by one pread()
 *   touch       the pages of a mapping, every 256 KiB, in random order
 *   scan        every page of a mapping, in order
 *   random-advice, huge-advice  as scan, with MADV_RANDOM or MADV_HUGEPAGE
 *   populate    a mapping with MAP_POPULATE
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define BYTES (16 << 20)
#define BLOCK (64 << 10)
#define PAGE  4096

static int fd;
static char buffer[2][BLOCK];
static long calls;

struct counted {
	long minor, major, read_bytes;
};

static struct counted counted(void)
{
	static char text[1024];
	struct rusage usage;
	struct counted now = { 0 };
	getrusage(RUSAGE_SELF, &usage);
	int io = open("/proc/self/io", O_RDONLY);
	ssize_t got = read(io, text, sizeof(text) - 1);
	close(io);
	text[got > 0 ? got : 0] = '\0';
	const char *at = strstr(text, "read_bytes: ");
	now.read_bytes = at ? atol(at + strlen("read_bytes: ")) : -1;
	now.minor = usage.ru_minflt;
	now.major = usage.ru_majflt;
	return now;
}

/* The numbers below `count`, in an order that is always the same. */
static size_t shuffled(size_t i, size_t count)
{
	return i * 7919 % count; /* a prime, and count is a power of two */
}

static long sequential(void)
{
	long bytes = 0;
	for (; bytes < BYTES; calls++)
		bytes += read(fd, buffer[0], BLOCK);
	return bytes;
}

static long at_random(void)
{
	long bytes = 0;
	for (size_t i = 0; i < 256; i++, calls++)
		bytes += pread(fd, buffer[0], PAGE, (off_t)(shuffled(i, 256) * BLOCK));
	return bytes;
}

static void *half(void *which)
{
	long from = which ? BYTES / 2 : 0, bytes = 0;
	while (bytes < BYTES / 2)
		bytes += pread(fd, buffer[which != NULL], BLOCK, from + bytes);
	__atomic_add_fetch(&calls, bytes / BLOCK, __ATOMIC_RELAXED);
	return NULL;
}

static long by_threads(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, half, i ? buffer : NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return BYTES;
}

static long large(void)
{
	char *all =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	long bytes = pread(fd, all, BYTES, 0);
	munmap(all, BYTES);
	calls++;
	return bytes;
}

static volatile char sink;

static long mapped(int flags, int advice, size_t step, bool shuffle)
{
	const char *all = mmap(NULL, BYTES, PROT_READ, MAP_SHARED | flags, fd, 0);
	madvise((void *)(uintptr_t)all, BYTES, advice);
	size_t count = step ? BYTES / step : 0;
	for (size_t i = 0; i < count; i++)
		sink = all[(shuffle ? shuffled(i, count) : i) * step];
	munmap((void *)(uintptr_t)all, BYTES);
	return (long)(count * PAGE);
}

static long use(const char *how)
{
	if (strcmp(how, "sequential") == 0)
		return sequential();
	if (strcmp(how, "random") == 0)
		return at_random();
	if (strcmp(how, "threads") == 0)
		return by_threads();
	if (strcmp(how, "large") == 0)
		return large();
	if (strcmp(how, "touch") == 0)
		return mapped(0, MADV_NORMAL, 256 << 10, true);
	if (strcmp(how, "scan") == 0)
		return mapped(0, MADV_NORMAL, PAGE, false);
	if (strcmp(how, "random-advice") == 0)
		return mapped(0, MADV_RANDOM, PAGE, false);
	if (strcmp(how, "huge-advice") == 0)
		return mapped(0, MADV_HUGEPAGE, PAGE, false);
	if (strcmp(how, "populate") == 0)
		return mapped(MAP_POPULATE, MADV_NORMAL, 0, false);
	return -1;
}

int main(int argc, char **argv)
{
	fd = argc > 2 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0)
		return 2;
	for (int i = 0; i < 2; i++)
		memset(buffer[i], 1, BLOCK);
	printf("[");
	counted();
	for (int i = 2, shown = 0; i < argc; i++) {
		if (strcmp(argv[i], "cold") == 0) {
			fsync(fd);
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			continue;
		}
		calls = 0;
		lseek(fd, 0, SEEK_SET);
		struct counted before = counted();
		long bytes = use(argv[i]);
		struct counted after = counted();
		if (bytes < 0)
			return 2;
		printf("%s{\"how\":\"%s\",\"bytes\":%ld,\"calls\":%ld,\"minor\":%ld,\"major\":%ld,\"read_bytes\":%ld}",
			shown++ ? "," : "", argv[i], bytes, calls, after.minor - before.minor,
			after.major - before.major, after.read_bytes - before.read_bytes);
	}
	printf("]\n");
	return 0;
}
