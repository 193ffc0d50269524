/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn fork|vfork|posix_spawn PROGRAM ARG...: starts a program in that way, and exits with its status. */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t start(const char *way, char **argv)
{
	pid_t pid = -1;
	if (strcmp(way, "posix_spawn") == 0)
		return posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) ? -1 : pid;
	if (strcmp(way, "vfork") == 0) {
		pid = vfork();
		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
	} else if (strcmp(way, "fork") == 0) {
		pid = fork();
		if (pid == 0) {
			execv("/nowhere/at/all", argv); /* fails first, like a search along PATH */
			execv(argv[0], argv);
			_exit(127);
		}
	}
	return pid;
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid = argc > 2 ? start(argv[1], argv + 2) : -1;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	return WEXITSTATUS(status);
}
