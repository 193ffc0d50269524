/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newest records of a timeline, in a fixed amount of memory. They are kept as a trace file has them, in
 * chunks that can be read on their own: each tells again the files that its calls name, so that the oldest
 * chunk can be dropped and no path is lost with it.
 */
#ifndef USER_RECORD_WINDOW_H
#define USER_RECORD_WINDOW_H

#include <stddef.h>

#include "timeline.h"

/* So much at least: the longest record has to fit into a chunk. */
#define WINDOW_BYTES_MIN ((size_t)1 << 20)
/* What is kept beside the records: the paths of files, and the opens of bundles. */
#define WINDOW_TOLD_MAX ((size_t)16 << 20)

struct window;

/* NULL: out of memory. */
struct window *window_new(size_t bytes);
void window_free(struct window *window);

/* Takes a record of any kind, in order. 0; -ENOMEM; -EMSGSIZE: it is longer than any that the kernel side
 * makes. */
int window_add(struct window *window, const struct event_header *record, unsigned cpu);

/* Hands out what is there, in order: first, for each bundle that is used in it but was opened before, that
 * open event. What is not 0 ends it and is returned. */
int window_each(const struct window *window, timeline_take take, void *ctx);

/* Bytes of records. */
size_t window_bytes(const struct window *window);

#endif
