/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of plain calls (bpf/call_ring.h), one for each CPU, as user space maps and reads them. Not safe
 * for several threads at once. */
#ifndef USER_KERNEL_CALL_RINGS_H
#define USER_KERNEL_CALL_RINGS_H

#include <stdbool.h>

#include "user/record/timeline.h"

struct call_rings;

/* Maps the kernel side's maps of `cpus` rings and of their slots. NULL with errno. */
struct call_rings *call_rings_new(int rings_map, int slots_map, unsigned cpus, unsigned slots);
void call_rings_free(struct call_rings *rings);

/* Gives a CPU its slots: before the kernel side is attached. */
void call_rings_give(struct call_rings *rings, unsigned cpu, unsigned first, unsigned slots);

/*
 * Lends to the timeline what a CPU's ring holds. `read` grows by the number of calls. Returns 1 if that is
 * all that was stamped before the call, 0 if the kernel side is just filling a slot, or -errno.
 */
int call_rings_read(struct call_rings *rings, unsigned cpu, struct timeline *timeline, int *read);

/* Calls that found no room, of all CPUs. */
uint64_t call_rings_lost(const struct call_rings *rings);
/* Begins to count them anew: while nothing is traced. */
void call_rings_forget_lost(struct call_rings *rings);

#endif
