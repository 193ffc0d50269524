/* SPDX-License-Identifier: BSD-2-Clause */
/* The working directories of the traced processes: what a path that a call failed on, or that is all that a
 * call has, is relative to. Followed by the events where chdir and fchdir are among them, else asked of
 * /proc. */
#ifndef USER_STAGE_CWD_H
#define USER_STAGE_CWD_H

#include "user/event/event.h"
#include "user/base/text.h"

struct cwd_options {
	bool live;        /* /proc is that of the traced machine, now */
	bool follow;      /* every chdir and fchdir is seen */
	const char *here; /* where the process of the first event begins; NULL: not known */
};

struct cwd;

struct cwd *cwd_new(const struct cwd_options *options); /* NULL: out of memory */
void cwd_free(struct cwd *cwd);

/* To be called with every event, in their order. */
void cwd_event(struct cwd *cwd, const struct event *ev);

/* Where a process is; NULL: not known. Valid until the next call. */
const char *cwd_of(struct cwd *cwd, uint32_t pid);

/* `path` under a folder (not looked at if the path is absolute), without "//", "." and "..": to be freed;
 * NULL: out of memory. Of a link's "..", which leads elsewhere, the words are all that is known. */
char *cwd_join(const char *folder, const char *path, size_t len);

#endif
