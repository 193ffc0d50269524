/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offcpu calls FILE MS   reads the first megabyte of FILE again and again for MS milliseconds, and prints how long the
 *                        kernel says that it has waited for a CPU meanwhile, and how often it was preempted:
 *                        tid run_delay_ns preempted
 * offcpu futex FILE MS   reads the first half of FILE, waits MS milliseconds for a futex, reads the rest, and prints:
 *                        tid waited_ns read_ns
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static char piece[PIECE];

static void must(int fine, const char *what)
{
	if (fine)
		return;
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t run_delay_ns(void)
{
	uint64_t delay = 0;
	FILE *file = fopen("/proc/self/schedstat", "re");
	must(file && fscanf(file, "%*u %" SCNu64, &delay) == 1, "/proc/self/schedstat");
	fclose(file);
	return delay;
}

static long preempted(void)
{
	struct rusage usage;
	must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
	return usage.ru_nivcsw;
}

static void calls(int fd, uint64_t ms)
{
	uint64_t delay = run_delay_ns(), end = now_ns() + ms * 1000000;
	long before = preempted();
	while (now_ns() < end)
		must(pread(fd, piece, PIECE, 0) > 0, "pread");
	printf("%ld %" PRIu64 " %ld\n", syscall(SYS_gettid), run_delay_ns() - delay, preempted() - before);
}

static void read_range(int fd, off_t at, off_t end)
{
	while (at < end) {
		size_t want = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = pread(fd, piece, want, at);
		must(got > 0, "pread");
		at += got;
	}
}

static void futex(int fd, uint64_t ms)
{
	struct stat st;
	int word = 0;
	const struct timespec time = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
	must(fstat(fd, &st) == 0, "fstat");
	uint64_t begun = now_ns();
	read_range(fd, 0, st.st_size / 2);
	uint64_t waits = now_ns();
	must(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time) == -1, "futex");
	uint64_t waited = now_ns() - waits;
	read_range(fd, st.st_size / 2, st.st_size);
	printf("%ld %" PRIu64 " %" PRIu64 "\n", syscall(SYS_gettid), waited, now_ns() - begun);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	must(fd >= 0, argv[2]);
	uint64_t ms = strtoull(argv[3], NULL, 10);
	(strcmp(argv[1], "futex") == 0 ? futex : calls)(fd, ms);
	return 0;
}
