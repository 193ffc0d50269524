/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live counters of processes that run: what they were when the trace began, and what they are when it
 * ends. (Those of processes that end meanwhile are handed out by the kernel side.)
 */
#ifndef USER_BUNDLETRACE_COUNTER_EVENTS_H
#define USER_BUNDLETRACE_COUNTER_EVENTS_H

#include "user/kernel/kernel.h"
#include "output.h"

/* A running process is traced from now on: finds its open bundles, and takes what was counted as its
 * baseline, which is nothing for a process that was traced from its beginning. */
void counter_events_begin(struct kernel *kernel, struct output *output, pid_t pid, bool baseline);

/* Takes what is counted now in the processes that still run; call after kernel_stop(). Returns how many
 * processes could not be read: their counts are missing. */
unsigned counter_events_end(struct kernel *kernel, struct output *output);

#endif
