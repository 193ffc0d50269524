/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output of a sink: a file descriptor with a buffer, so that an event costs no system call. The error
 * of a failed write (EPIPE, ENOSPC...) is kept: every later call returns it and writes nothing. The program
 * must ignore SIGPIPE.
 */
#ifndef USER_BASE_OUT_H
#define USER_BASE_OUT_H

#include "text.h"

enum { OUT_BYTES = 64 * 1024 };

/* Decides how long to wait for a reader that has stalled. */
struct out_wait {
	bool (*enough)(void *ctx, unsigned stalled_ms); /* true: give up, with -ECANCELED */
	void *ctx;                                      /* passed to enough() */
	int wake; /* a descriptor: readable when to ask at once; else every 100 ms */
};

struct out {
	int fd;           /* belongs to the caller; never closed here */
	bool reopened;    /* `own` is open */
	int own;          /* the same pipe or terminal, opened again with O_NONBLOCK */
	bool socket;      /* fd is a socket */
	int error;        /* 0, or -errno of the first failure */
	struct text text; /* the buffer: format into it, then call out_settle() */
	struct out_wait wait;
};

void out_init(struct out *out, int fd);
/* Drops what was not flushed. May be called on a struct that is all zero. */
void out_free(struct out *out);

/* The usual rule for enough(): after the first signal a stalled reader gets a second, after the next one
 * nothing. */
static inline bool out_asked_enough(unsigned signals, unsigned stalled_ms)
{
	return signals > 1 || (signals == 1 && stalled_ms >= 1000);
}

#define OUT_UNREAD "output: nobody reads it (what was not written is lost)"

/* From now on `wait` decides about a stalled reader. Before this call, a write waits until it reads. */
void out_set_wait(struct out *out, const struct out_wait *wait);

/* Writes the whole buffer. 0 or -errno. Call it when idle, so that a terminal shows events promptly. */
int out_flush(struct out *out);

/* Call it after each event: writes when the buffer has OUT_BYTES. 0 or -errno. */
static inline int out_settle(struct out *out)
{
	return out->text.len >= OUT_BYTES || out->text.failed ? out_flush(out) : out->error;
}

#endif
