/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storm PAIRS [BYTES [FILE]]: the worst case for a tracer: pairs of lseek and a small read, as fast as possible.
 * Prints the nanoseconds per pair.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES (1 << 20)

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Creates a file in memory to read from, so that the disk is not measured. */
static int own_file(void)
{
	char path[] = "/dev/shm/storm-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	unlink(path);
	return ftruncate(fd, FILE_BYTES) ? -1 : fd;
}

int main(int argc, char **argv)
{
	long pairs = argc > 1 ? atol(argv[1]) : 1000000, bytes = argc > 2 ? atol(argv[2]) : 512;
	int fd = argc > 3 ? open(argv[3], O_RDONLY) : own_file();
	char *buffer = bytes > 0 && bytes <= FILE_BYTES ? malloc((size_t)bytes) : NULL;
	if (pairs < 1 || fd < 0 || !buffer) {
		fprintf(stderr, "usage: storm PAIRS [BYTES [FILE]]\n");
		return 2;
	}
	double start = now();
	for (long i = 0; i < pairs; i++)
		if (lseek(fd, i % 2 * bytes, SEEK_SET) < 0 || read(fd, buffer, (size_t)bytes) != bytes)
			return 1;
	printf("%.1f\n", (now() - start) / (double)pairs);
	return 0;
}
