/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of the kernel side, those of each CPU, drained into the timeline. */
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

/* The map of a ring, to be put into the kernel side's table of rings. */
int rings_map(const struct rings *rings, unsigned ring);

/* Takes over rings of calls, to be read with the others and freed with them. */
void rings_add_calls(struct rings *rings, struct call_rings *calls);

/* Those that were taken over; NULL: none. */
struct call_rings *rings_calls(const struct rings *rings);

/* Becomes readable (edge-triggered) when the kernel side wants a ring to be drained. */
int rings_epoll(const struct rings *rings);

/*
 * Reads what is there, and hands out in order what nothing older can follow. `all`: nothing writes any more,
 * hand out everything. Returns the number of records read, or what `take` returned if that is negative, or
 * -errno.
 */
int rings_drain(struct rings *rings, bool all, timeline_take take, void *ctx);

#endif
