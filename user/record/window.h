/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newest records of a timeline, in a fixed amount of memory. They are encoded as in a trace file, in
 * chunks that can be decoded on their own: each repeats the path records of the files that its calls refer
 * to, so that dropping the oldest chunk loses no path.
 */
#ifndef USER_RECORD_WINDOW_H
#define USER_RECORD_WINDOW_H

#include <stddef.h>

#include "timeline.h"

/* The least that window_new() takes: the longest record has to fit into a chunk. */
#define WINDOW_BYTES_MIN ((size_t)1 << 20)
/* Limit of what is kept besides the chunks: paths of files, open events of bundles, stacks. */
#define WINDOW_DEFINITIONS_MAX ((size_t)16 << 20)

struct window;

/* `bytes` of memory for encoded records. NULL: out of memory. */
struct window *window_new(size_t bytes);
void window_free(struct window *window);

/* Copies a record of any kind; their times never go back. 0; -ENOMEM; -EMSGSIZE: it is longer than any that
 * the kernel side writes. */
int window_add(struct window *window, const struct event_header *record, unsigned cpu);

/* Calls `take` for every record that is left, in order: stacks first, then the open events of bundles that
 * were opened before the window and are used in it, then the window itself. A result other than 0 ends the
 * walk and is returned. */
int window_each(const struct window *window, timeline_take take, void *ctx);

/* Bytes of encoded records, without paths, open events and stacks. */
size_t window_bytes(const struct window *window);

#endif
