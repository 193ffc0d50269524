/* SPDX-License-Identifier: BSD-2-Clause */
/* Says a line, then writes where it may not. */
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
