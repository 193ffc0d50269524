/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/base/report.h"
#include "user/base/sudo_user.h"

/* 0 if the file's type and mode allow to execute it, else -errno. */
static int executable(const char *path)
{
	struct stat st;
	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return access(path, X_OK) ? -errno : 0;
}

/* Searches PATH. *denied: -EACCES if a file of that name was found that cannot be executed. */
static char *search_path(const char *name, int *denied)
{
	const char *dirs = getenv("PATH");
	if (!dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	for (const char *dir = dirs; dir; dir = strchr(dir, ':') ? strchr(dir, ':') + 1 : NULL) {
		int len = (int)strcspn(dir, ":");
		char *path;
		if (asprintf(&path, "%.*s%s%s", len ? len : 1, len ? dir : ".", "/", name) < 0)
			return NULL;
		int err = executable(path);
		if (err == 0)
			return path;
		if (err == -EACCES)
			*denied = err;
		free(path);
	}
	return NULL;
}

/* The executable file of a command name; NULL: none, and *err is the reason. */
static char *resolve(const char *name, int *err)
{
	*err = -ENOENT;
	if (!strchr(name, '/'))
		return *name ? search_path(name, err) : NULL;
	*err = executable(name);
	return *err ? NULL : strdup(name);
}

char *command_search(const char *name)
{
	int err;
	return resolve(name, &err);
}

char *command_find(const char *name, int *exit_code)
{
	int err;
	char *path = resolve(name, &err);
	if (path)
		return path;
	*exit_code = err == -ENOENT || err == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	report("%s: %s (%s)", printable(name), strerror(-err),
		*exit_code == EXIT_NOT_FOUND ? "no such program: give its path, or look at PATH"
		: err == -EISDIR             ? "give a program, not a folder"
					     : "it cannot be executed: chmod +x");
	return NULL;
}

/* The child: waits for the byte, then executes the command. It is traced from its execve() on. */
static void __attribute__((noreturn))
become(const char *path, char *const argv[], bool stdout_to_stderr, const sigset_t *mask, int go, int failed)
{
	char byte;
	int err = sudo_user_become();
	if (!err && stdout_to_stderr && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		err = -errno;
	if (read(go, &byte, 1) != 1)
		_exit(EXIT_FAILURE); /* the tracer gave up */
	if (!err) {
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execv(path, argv);
		err = -errno;
	}
	err = -err;
	_exit(write(failed, &err, sizeof(err)) == sizeof(err) ? EXIT_NOT_EXECUTABLE : EXIT_FAILURE);
}

int command_fork(struct command *command, const char *path, char *const argv[], bool stdout_to_stderr,
	const sigset_t *mask)
{
	int go[2] = { -1, -1 }, failed[2] = { -1, -1 };
	*command = (struct command){ .pid = -1, .pidfd = -1, .go = -1, .failed = -1 };
	if (pipe2(go, O_CLOEXEC) == 0 && pipe2(failed, O_CLOEXEC) == 0) {
		command->pid = fork();
		if (command->pid == 0) {
			/* an open write end would hide that the tracer has ended */
			close(go[1]);
			become(path, argv, stdout_to_stderr, mask, go[0], failed[1]);
		}
	}
	int err = command->pid < 0 ? -errno : 0;
	close(go[0]);
	close(failed[1]);
	command->go = go[1];
	command->failed = failed[0];
	if (!err) {
		command->pidfd = pidfd_open(command->pid, 0);
		err = command->pidfd < 0 ? -errno : 0;
	}
	if (err) {
		report("%s: cannot start: %s", printable(path), strerror(-err));
		command_close(command);
	}
	return err;
}

int command_go(struct command *command, const char *path)
{
	int err = 0;
	if (write(command->go, "", 1) != 1)
		err = errno;
	/* closed by a successful execve */
	else if (read(command->failed, &err, sizeof(err)) != sizeof(err))
		return 0;
	report("%s: %s (%s)", printable(path), strerror(err),
		err == ENOEXEC ? "not a program of this machine; a script needs a #! line"
			       : "the user who is to run it may not");
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Children that the command made with CLONE_PARENT are the tracer's: nobody else can wait for them. */
static void reap_others(const struct command *command)
{
	siginfo_t ended = { 0 };
	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid > 0 &&
		ended.si_pid != command->pid && waitpid(ended.si_pid, NULL, WNOHANG) > 0)
		ended.si_pid = 0;
}

bool command_reap(struct command *command)
{
	reap_others(command);
	if (!command->reaped && waitpid(command->pid, &command->status, WNOHANG) == command->pid)
		command->reaped = true;
	if (command->reaped)
		reap_others(command);
	return command->reaped;
}

void command_close(struct command *command)
{
	int *const fds[] = { &command->go, &command->failed, &command->pidfd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	if (command->pid > 0)
		command_reap(command);
}
