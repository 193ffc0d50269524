/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses a bundle in the ways that are hard to count: never closes it, forks while it is open, executes itself
 * again, ends by a signal.
 *   inherit FILE STEPS    STEPS: a digit: so many gets of model "m"; f: a child does the steps that follow
 * and the parent waits for it and ends; x: executes itself with the steps that follow; k: kill -9; o: opens
 * the bundle (once more); c: closes it
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pagedbundle.h"

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

int main(int argc, char **argv)
{
	for (const char *step = argc == 3 ? argv[2] : ""; *step; step++) {
		if (*step >= '0' && *step <= '9')
			get(*step - '0');
		else if (*step == 'o' && pb_open(argv[1], NULL, &paged))
			return 2;
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
