/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file until it is whole: without a name where the file system can have such (it vanishes however the process ends),
 * else under a temporary one, which a signal that ends the process removes; SIGKILL leaves it. Not thread-safe: one has
 * a temporary name at a time. Functions return 0, or -1 with errno.
 */
#ifndef USER_PACKING_TEMPORARY_H
#define USER_PACKING_TEMPORARY_H

#include <stdbool.h>

struct temporary {
	int fd;        /* readable and writable; -1: none */
	int folder;    /* the caller's, kept open until temporary_end() */
	char name[40]; /* in the folder; "": it has none */
};

/* Makes one in the folder, with the permissions of a new file. */
int temporary_open(struct temporary *t, int folder);

/* Gives it its name: in place of what has it, or, without `replace`, where nothing has (else EEXIST). */
int temporary_place(struct temporary *t, const char *base, bool replace);

/* Closes it, and removes it unless it was placed. */
void temporary_end(struct temporary *t);

/* Returns the descriptor of a file without a name in TMPDIR (default /tmp), for what cannot be read or written twice. */
int temporary_spool(void);

#endif
