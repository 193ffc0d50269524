/* SPDX-License-Identifier: BSD-2-Clause */
/* calls32 N: makes N 32-bit system calls (getpid), each followed by a 64-bit one (lseek). Exit status 77: the kernel
 * refuses 32-bit calls, as it does by default in confidential guests and with ia32_emulation=off. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define NR32_GETPID 20

static void refused(int signal)
{
	(void)signal;
	_exit(77);
}

int main(int argc, char **argv)
{
	signal(SIGSEGV, refused);
	int count = argc > 1 ? atoi(argv[1]) : 0;
	for (int i = 0; i < count; i++) {
		long result = NR32_GETPID;
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
		if (result != getpid() || lseek(-1, i, SEEK_SET) != -1)
			return 1;
	}
	return 0;
}
