/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a sink writes: a file descriptor behind a buffer, so that an event costs no system call. A failed
 * write (EPIPE, ENOSPC...) is kept in `error` and returned from every call after it; nothing is written then.
 * The program must ignore SIGPIPE.
 */
#ifndef COMMON_OUT_H
#define COMMON_OUT_H

#include "text.h"

enum { OUT_BYTES = 64 * 1024 };

struct out {
	int fd;           /* the caller's; never closed here */
	int error;        /* 0 or -errno, for good */
	struct text text; /* what is not written yet: format into this, then out_settle() */
};

void out_init(struct out *out, int fd);
void out_free(struct out *out); /* drops what was not flushed */

/* Writes all that is buffered. Call it when there is nothing else to do, so that a terminal shows events
 * promptly. */
int out_flush(struct out *out);

/* After each event: writes once a good deal has gathered. */
static inline int out_settle(struct out *out)
{
	return out->text.len >= OUT_BYTES || out->text.failed ? out_flush(out) : out->error;
}

#endif
