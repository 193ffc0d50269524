/* SPDX-License-Identifier: BSD-2-Clause */
/* The command to trace: found, forked early, and held until everything is attached. */
#ifndef USER_BUNDLETRACE_COMMAND_H
#define USER_BUNDLETRACE_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 }; /* as shells have them */

struct command {
	pid_t pid;
	int pidfd;
	int go;     /* a byte written here makes it execute */
	int failed; /* delivers the errno of a failed execve; closed by a successful one */
	bool reaped;
	int status; /* of waitpid(), once reaped */
};

/* The executable file of a command name, found in PATH unless the name has a slash. The caller frees it.
 * NULL: reported, with the exit status of a shell in *exit_code. */
char *command_find(const char *name, int *exit_code);

/* The same without a message; NULL: there is none. */
char *command_search(const char *name);

/* Forks the command, which waits. `mask` becomes its signal mask. 0, or reported and -errno. */
int command_fork(struct command *command, const char *path, char *const argv[], bool stdout_to_stderr,
	const sigset_t *mask);

/* Makes it execute. 0, or reported and the exit status of a shell (126, 127). */
int command_go(struct command *command, const char *path);

/* Collects its exit status if it has ended; true once it has. Does not wait. */
bool command_reap(struct command *command);

/* Closes the descriptors, which ends a command that still waits. */
void command_close(struct command *command);

#endif
