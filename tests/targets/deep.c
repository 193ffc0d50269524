// SPDX-License-Identifier: BSD-2-Clause
/*
 * deep CALLS [FILE LAST]: as many reads of FILE (/dev/zero), below 7 KiB of stack, while its parent is stopped: a tracer
 * that does not get the processor in time. Then 20 of LAST.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static __attribute__((noinline)) int read_below(int fd, long calls)
{
	char room[7000], byte;
	__asm__ volatile("" ::"r"(room) : "memory");
	for (long i = 0; i < calls; i++)
		if (pread(fd, &byte, 1, 0) != 1)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int fd = open(argc > 3 ? argv[2] : "/dev/zero", O_RDONLY);
	int last = argc > 3 ? open(argv[3], O_RDONLY) : -1;
	if (argc < 2 || read_below(fd, 1))
		return 1;
	if (last >= 0)
		usleep(1500000); /* the tracer sees which file that was */
	kill(getppid(), SIGSTOP);
	int failed = read_below(fd, atol(argv[1])) || (last >= 0 && read_below(last, 20));
	kill(getppid(), SIGCONT);
	return failed;
}
