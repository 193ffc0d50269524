/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses a bundle in the ways that are hard to count: never closes it, forks while it is open, executes itself
 * again, ends by a signal.
 *   inherit FILE STEPS    STEPS: a digit: so many gets of model "m"; f: a child does the steps that follow
 * and the parent waits for it and ends; t: four threads at once, with 1000 gets each; x: executes itself with
 * the steps that follow; k: kill -9; o: opens the bundle (once more); c: closes it
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
