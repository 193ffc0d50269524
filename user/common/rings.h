/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of the kernel side, one for each CPU, drained into the timeline. */
#ifndef COMMON_RINGS_H
#define COMMON_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "timeline.h"

struct rings;

/* Creates `count` rings of `bytes` each (a power of two, at least a page) and a timeline behind them. NULL
 * with errno. */
struct rings *rings_new(unsigned count, size_t bytes);
void rings_free(struct rings *rings);

/* The map of a ring, to be put into the kernel side's table of rings. */
int rings_map(const struct rings *rings, unsigned ring);

/* Becomes readable (edge-triggered) when the kernel side wants a ring to be drained. */
int rings_epoll(const struct rings *rings);

/*
 * Reads what is there, and hands out in order what nothing older can follow. `all`: nothing writes any more,
 * hand out everything. Returns the number of records read, or what `take` returned if that is negative, or
 * -errno.
 */
int rings_drain(struct rings *rings, bool all, timeline_take take, void *ctx);

#endif
