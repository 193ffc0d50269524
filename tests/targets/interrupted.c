/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Says "ready PID", then calls lseek(-1, 777, SEEK_SET) every few milliseconds until a SIGINT or SIGTERM:
 * dies of it, or handles it, says how many came and ends with 7, or ignores it.   interrupted
 * die|handle|ignore
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
	nap(200); /* a second one would come by now */
	lseek(-1, 778, SEEK_SET);
	printf("signals: %d\n", (int)got);
	return 7;
}
