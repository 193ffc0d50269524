/* SPDX-License-Identifier: BSD-2-Clause */
/* parented N [SECONDS]: makes N children of its own parent (CLONE_PARENT), which end at once, and waits until that parent
 * has reaped them. Exit status 3: one is a zombie after SECONDS (5). */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0, tries = (argc > 2 ? atoi(argv[2]) : 5) * 100;
	for (int i = 0; i < count; i++) {
		pid_t child = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		if (child == 0)
			_exit(i);
		if (child < 0)
			return 2;
		/* zombies can be sent signals */
		while (kill(child, 0) == 0) {
			if (tries-- == 0)
				return 3;
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		}
	}
	return 0;
}
