/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a sink writes: a file descriptor behind a buffer, so that an event costs no system call. A failed
 * write (EPIPE, ENOSPC...) is kept in `error` and returned from every call after it; nothing is written then.
 * The program must ignore SIGPIPE.
 */
#ifndef USER_BASE_OUT_H
#define USER_BASE_OUT_H

#include "text.h"

enum { OUT_BYTES = 64 * 1024 };

/* Who says how long an output that takes nothing is waited for. */
struct out_wait {
	bool (*enough)(void *ctx, unsigned stalled_ms); /* true: the rest is given up, with -ECANCELED */
	void *ctx;
	int wake; /* becomes readable when to ask again; it is asked every tenth of a second too */
};

struct out {
	int fd;        /* the caller's; never closed here */
	bool reopened; /* own: the same pipe or terminal, opened again so as not to block */
	int own;
	bool socket;      /* fd is one */
	int error;        /* 0 or -errno, for good */
	struct text text; /* what is not written yet: format into this, then out_settle() */
	struct out_wait wait;
};

void out_init(struct out *out, int fd);
void out_free(struct out *out); /* drops what was not flushed; one that is all zero too */

/* What users expect: a reader gets a while after the first signal, and none after the second. */
static inline bool out_asked_enough(unsigned signals, unsigned stalled_ms)
{
	return signals > 1 || (signals == 1 && stalled_ms >= 1000);
}

#define OUT_UNREAD "output: nobody reads it (what was not written is lost)"

/* From now on a reader that does not read is not waited for without asking. Without this, until it reads. */
void out_set_wait(struct out *out, const struct out_wait *wait);

/* Writes all that is buffered. Call it when there is nothing else to do, so that a terminal shows events
 * promptly. */
int out_flush(struct out *out);

/* After each event: writes once a good deal has gathered. */
static inline int out_settle(struct out *out)
{
	return out->text.len >= OUT_BYTES || out->text.failed ? out_flush(out) : out->error;
}

#endif
