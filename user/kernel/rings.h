/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel side's rings, one for each CPU, drained into the timeline. */
#ifndef USER_KERNEL_RINGS_H
#define USER_KERNEL_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "call_rings.h"
#include "user/record/timeline.h"

struct rings;

/* Creates one ring for each possible CPU, of `bytes` (a power of two, at least a page) where the CPU is
 * online, and a timeline behind them. NULL with errno. */
struct rings *rings_new(const bool *online, unsigned cpus, size_t bytes);
void rings_free(struct rings *rings);

/* The map of a ring, for the kernel side's table of rings. */
int rings_map(const struct rings *rings, unsigned ring);

/* Adds the rings of calls, which are read and freed with the others from now on. */
void rings_add_calls(struct rings *rings, struct call_rings *calls);

/* The rings of calls; NULL: none. */
struct call_rings *rings_calls(const struct rings *rings);

/* A descriptor that becomes readable (edge-triggered) when the kernel side wants a ring to be drained. */
int rings_epoll(const struct rings *rings);

/*
 * Reads all rings, and passes to `take`, in order of time, what nothing older can follow. `all`: nothing writes any
 * more, pass everything. Returns the number of records read, or the negative result of `take`, or -errno.
 */
int rings_drain(struct rings *rings, bool all, timeline_take take, void *ctx);

#endif
