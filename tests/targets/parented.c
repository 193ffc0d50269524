/* SPDX-License-Identifier: BSD-2-Clause */
/* parented N [CALLS]: makes CALLS calls (lseek), then N children of its own parent (CLONE_PARENT), which end at once, and
 * waits until that parent has reaped them. Says "reaped"; or "zombie", with exit status 3: one is there after 3 seconds. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0, tries = 300;
	for (int i = argc > 2 ? atoi(argv[2]) : 0; i > 0; i--)
		lseek(-1, i, SEEK_SET);
	for (int i = 0; i < count; i++) {
		pid_t child = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		if (child == 0)
			_exit(i);
		if (child < 0)
			return 2;
		/* zombies can be sent signals */
		while (kill(child, 0) == 0) {
			if (tries-- == 0)
				return puts("zombie") < 0 ? 2 : 3;
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		}
	}
	puts("reaped");
	return 0;
}
