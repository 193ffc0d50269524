/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_scan FILE MIB ROUNDS: makes a file of so many MiB and reads it through a mapping, a byte of each page, in order,
 * ROUNDS times with a new mapping each: all of it from the page cache. Prints the seconds that the scans took.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1 << 20 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fill(const char *path, long mib)
{
	static char bytes[MIB];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	memset(bytes, 7, sizeof(bytes));
	for (long i = 0; fd >= 0 && i < mib; i++)
		if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
			return -1;
	/* pages that are being written make faults wait */
	return fd >= 0 && fsync(fd) == 0 ? fd : -1;
}

static unsigned long scan(int fd, size_t size)
{
	unsigned long sum = 0;
	const volatile char *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return 0;
	for (size_t i = 0; i < size; i += PAGE)
		sum += (unsigned long)at[i];
	munmap((void *)at, size);
	return sum;
}

int main(int argc, char **argv)
{
	long mib = argc == 4 ? atol(argv[2]) : 0, rounds = argc == 4 ? atol(argv[3]) : 0;
	int fd = mib > 0 ? fill(argv[1], mib) : -1;
	if (fd < 0)
		return 1;
	size_t size = (size_t)mib * MIB;
	unsigned long sum = scan(fd, size);
	double start = now();
	for (long i = 0; i < rounds; i++)
		sum += scan(fd, size);
	double seconds = now() - start;
	if (sum != (unsigned long)(rounds + 1) * (size / PAGE) * 7)
		return 1;
	printf("%.6f\n", seconds);
	return 0;
}
