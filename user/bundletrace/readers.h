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

struct sinks {
	struct sink_process {
		pid_t pid;
		unsigned flags; /* TASK_SINK, TASK_SINK_CHILDREN */
	} * list;               /* the first is this process itself */
	unsigned count;
	bool unknown; /* a socket is written to that is not local: who reads it cannot be found */
};

/* The readers of standard error (if `errors`), and of `path` or, for NULL, of the descriptor `fd`. 0 or
 * -errno. */
int sinks_find(struct sinks *sinks, int fd, const char *path, bool errors);
void sinks_free(struct sinks *sinks);

/* Of this process; 0: it takes nothing. */
unsigned sinks_flags(const struct sinks *sinks, pid_t pid);

#endif
