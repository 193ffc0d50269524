/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of plain calls (bpf/call_ring.h), one for each CPU, as user space maps and reads them. For one thread at a
 * time. */
#ifndef USER_KERNEL_CALL_RINGS_H
#define USER_KERNEL_CALL_RINGS_H

#include <stdbool.h>

#include "user/record/timeline.h"

struct call_rings;

/* Maps the kernel side's arrays of `cpus` rings and of all their slots. NULL with errno. */
struct call_rings *call_rings_new(int rings_map, int slots_map, unsigned cpus, unsigned slots);
void call_rings_free(struct call_rings *rings);

/* Assigns slots to a CPU, before the kernel side is attached. */
void call_rings_give(struct call_rings *rings, unsigned cpu, unsigned first, unsigned slots);

/*
 * Lends the contents of a CPU's ring to the timeline, and adds their number to *read. Returns 1 if these are all calls
 * time-stamped before now, 0 if the kernel side is filling a slot, or -errno.
 */
int call_rings_read(struct call_rings *rings, unsigned cpu, struct timeline *timeline, int *read);

/* Calls lost on all CPUs because a ring was full. */
uint64_t call_rings_lost(const struct call_rings *rings);
/* Sets that to 0, while nothing is traced. */
void call_rings_forget_lost(struct call_rings *rings);

#endif
