/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working directories of the traced processes, to which relative path arguments of calls refer.
 * Followed through the events if chdir and fchdir are traced, else read from /proc.
 */
#ifndef USER_STAGE_CWD_H
#define USER_STAGE_CWD_H

#include "user/event/event.h"
#include "user/base/text.h"

struct cwd_options {
	bool live;        /* /proc is that of the traced machine, now */
	bool follow;      /* every chdir and fchdir is traced */
	const char *here; /* the directory of the process of the first event; NULL: not known */
};

struct cwd;

/* Copies `here`. NULL: out of memory. */
struct cwd *cwd_new(const struct cwd_options *options);
void cwd_free(struct cwd *cwd);

/* Call it with every event, in order. */
void cwd_event(struct cwd *cwd, const struct event *ev);

/* The working directory of a process; NULL: not known. Valid until the next call. */
const char *cwd_of(struct cwd *cwd, uint32_t pid);

/* `path` below a folder (which is ignored if the path is absolute), without "//", "." and "..". The caller
 * frees it; NULL: out of memory. Symbolic links are not resolved: ".." after one is taken by its text. */
char *cwd_join(const char *folder, const char *path, size_t len);

#endif
