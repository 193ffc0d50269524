/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that take what the trace prints: were they traced, each event of theirs would make the next.
 * Who reads a pipe, a FIFO, a local socket or a file that the trace writes to; who shows a terminal (its
 * emulator, tmux, sshd); and so on for what these print.
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
	bool unknown; /* a socket is written to that is not local: who reads it cannot be found */
};

/* The readers of standard error (if `errors`), and of `path` or, for NULL, of the descriptor `fd`. 0 or
 * -errno. */
int readers_find(struct readers *readers, int fd, const char *path, bool errors);
void readers_free(struct readers *readers);

/* Of this process; 0: it takes nothing. */
unsigned readers_flags(const struct readers *readers, pid_t pid);

#endif
