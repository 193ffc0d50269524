// SPDX-License-Identifier: BSD-2-Clause
/*
 * deep CALLS: as many reads, below 7 KiB of stack, while its parent is stopped: a tracer that does not get the
 * processor in time.
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
		if (pread(fd, &byte, 1, i) != 1)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/zero", O_RDONLY);
	kill(getppid(), SIGSTOP);
	int failed = argc < 2 || read_below(fd, atol(argv[1]));
	kill(getppid(), SIGCONT);
	return failed;
}
