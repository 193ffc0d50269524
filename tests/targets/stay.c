/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stay BUNDLE: a long-running loader. Opens a bundle, prints "ready PID", and for each line of standard input gets
 * the first model and prints "got N". At the line "exec" it executes itself instead, at "exec in a thread" it does
 * so from a second thread; it then prints "again PID" and counts from 11. At "fork" it creates a child that prints
 * "child PID" and waits.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagedbundle.h>

static void *execute(void *bundle)
{
	execl("/proc/self/exe", "stay", bundle, "again", NULL);
	exit(3);
}

static void execute_in_a_thread(char *bundle)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, execute, bundle) == 0)
		pthread_join(thread, NULL);
}

/* Returns true in the parent; the child waits to be killed. */
static bool fork_child(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return true;
	printf("child %d\n", (int)getpid());
	alarm(60);
	pause();
	return false;
}

int main(int argc, char **argv)
{
	struct pb_paged *paged;
	struct pb_model model;
	struct pb_view view;
	char line[64];
	if (argc < 2 || pb_open(argv[1], NULL, &paged) || pb_model_at(paged, 0, &model))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%s %d\n", argc > 2 ? "again" : "ready", (int)getpid());
	for (int i = argc > 2 ? 11 : 1; fgets(line, sizeof(line), stdin); i++) {
		if (strcmp(line, "fork\n") == 0 && fork_child())
			continue;
		if (strcmp(line, "exec\n") == 0)
			execute(argv[1]);
		else if (strcmp(line, "exec in a thread\n") == 0)
			execute_in_a_thread(argv[1]);
		if (pb_get(paged, model.name, &view))
			return 1;
		pb_release(&view);
		printf("got %d\n", i);
	}
	pb_close(paged);
	return 0;
}
