/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inherit FILE STEPS: uses a bundle in ways that are hard to count: without closing it, across fork and exec, ended
 * by a signal. Each step is a character:
 *   0-9 that number of gets of model "m"                          f a child does the remaining steps; the parent
 *   t four threads with 1000 gets each, at the same time            waits for it and exits
 *   o opens the bundle (again)     c closes it                    x executes itself with the remaining steps
 *   k kills itself with SIGKILL
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pagedbundle.h>

static struct pb_paged *paged;

static void get(int times)
{
	struct pb_view view;
	for (int i = 0; i < times; i++) {
		if (pb_get(paged, "m", &view))
			exit(3);
		pb_release(&view);
	}
}

static void *get_many(void *ready)
{
	pthread_barrier_wait(ready);
	for (int i = 0; i < 100; i++)
		get(10);
	return NULL;
}

static void get_in_threads(void)
{
	pthread_barrier_t ready;
	pthread_t threads[4];
	pthread_barrier_init(&ready, NULL, 4);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, get_many, &ready))
			exit(4);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	for (const char *step = argc == 3 ? argv[2] : ""; *step; step++) {
		if (*step >= '0' && *step <= '9')
			get(*step - '0');
		else if (*step == 'o' && pb_open(argv[1], NULL, &paged))
			return 2;
		else if (*step == 't')
			get_in_threads();
		else if (*step == 'c')
			pb_close(paged);
		else if (*step == 'k')
			raise(SIGKILL);
		else if (*step == 'x')
			execl(argv[0], argv[0], argv[1], step + 1, (char *)NULL);
		else if (*step == 'f' && fork() > 0) {
			wait(NULL);
			_exit(0);
		}
	}
	_exit(0);
}
