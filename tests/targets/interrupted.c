/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupted die|handle|ignore: prints "ready PID", then calls lseek(-1, 777, SEEK_SET) every few milliseconds
 * until SIGINT or SIGTERM: is killed by it; or handles it, prints how many arrived and exits with 7; or ignores it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t got;

static void count(int signal)
{
	(void)signal;
	got++;
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	if (argc == 2 && strcmp(argv[1], "handle") == 0)
		action.sa_handler = count;
	else if (argc == 2 && strcmp(argv[1], "ignore") == 0)
		action.sa_handler = SIG_IGN;
	else if (argc != 2 || strcmp(argv[1], "die") != 0)
		return 2;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	for (int i = 0; i < 4000 && !got; i++) {
		lseek(-1, 777, SEEK_SET);
		nap(5);
	}
	nap(200); /* time for a second signal to arrive */
	lseek(-1, 778, SEEK_SET);
	printf("signals: %d\n", (int)got);
	return 7;
}
