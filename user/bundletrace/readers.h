/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that read what the trace prints: if they were traced, each of their events would cause the
 * next. They read a pipe, FIFO, local socket or file that the trace writes to, or show a terminal (its
 * emulator, tmux, sshd); and so do the readers of what these print.
 */
#ifndef USER_BUNDLETRACE_READERS_H
#define USER_BUNDLETRACE_READERS_H

#include <stdbool.h>
#include <sys/types.h>

struct readers {
	struct reader {
		pid_t pid;
		unsigned flags; /* TASK_READER, TASK_READER_CHILDREN */
	} * list;               /* the first is this process itself */
	unsigned count;
	bool unknown; /* the output goes to a socket that is not local: its reader cannot be found */
};

/* Finds the readers of `path` or, if it is NULL, of the descriptor `fd`; with `errors`, those of standard
 * error too. The caller frees them with readers_free(). 0 or -errno. */
int readers_find(struct readers *readers, int fd, const char *path, bool errors);
void readers_free(struct readers *readers);

/* The flags of a process; 0: it is no reader. */
unsigned readers_flags(const struct readers *readers, pid_t pid);

#endif
