/* SPDX-License-Identifier: BSD-2-Clause */
/* The command to be traced: found, forked early, and held back until everything is attached. */
#ifndef USER_BUNDLETRACE_COMMAND_H
#define USER_BUNDLETRACE_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 }; /* as shells have them */

struct command {
	pid_t pid;
	int pidfd;
	int go;     /* a byte written here lets it execute */
	int failed; /* the errno of its execve is read here */
	bool reaped;
	int status; /* as wait() gives it, once reaped */
};

/* The file that `name` stands for, by PATH. NULL: reported, and *exit_code set. To be freed. */
char *command_find(const char *name, int *exit_code);

/* The executable file that a word names, by PATH or as a path; NULL: none. To be freed. */
char *command_search(const char *name);

/* Forks the command; it waits. `mask` is what its signal mask shall be. 0, or reported and -errno. */
int command_fork(struct command *command, const char *path, char *const argv[], bool stdout_to_stderr,
	const sigset_t *mask);

/* Lets it execute. 0, or reported and the exit code that a shell would give (126, 127). */
int command_go(struct command *command, const char *path);

/* Takes its exit status if it has ended; true once it has. */
bool command_reap(struct command *command);

/* Ends a command that was never let go, and closes what is open. */
void command_close(struct command *command);

#endif
