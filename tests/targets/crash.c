/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a line, then is killed by SIGSEGV for a write to protected memory. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, SIG_DFL);
	printf("before\n");
	fflush(stdout);
	lseek(-1, 123456, SEEK_SET);
	*page = 1;
	printf("after\n");
	return 0;
}
