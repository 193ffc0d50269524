/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits with 5 at once, and leaves a grandchild that calls lseek(-1, 4000 + i, SEEK_SET) ten times, every 40 ms. */
#include <time.h>
#include <unistd.h>

int main(void)
{
	if (fork() > 0)
		_exit(5);
	if (fork() > 0)
		_exit(0);
	for (int i = 0; i < 10; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 40 * 1000000 }, NULL);
		lseek(-1, 4000 + i, SEEK_SET);
	}
	return 0;
}
