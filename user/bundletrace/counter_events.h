/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emits the live counters of running processes as events: their baseline when tracing begins, and their values when it
 * ends. (Those of processes that end during the trace are emitted by the kernel side.)
 */
#ifndef USER_BUNDLETRACE_COUNTER_EVENTS_H
#define USER_BUNDLETRACE_COUNTER_EVENTS_H

#include "user/kernel/kernel.h"
#include "output.h"

/* A running process is traced from now on: registers its list of open bundles, and emits what they have counted so far
 * as their baseline. Without `baseline` it is 0, for a process that was traced from its beginning. */
void counter_events_begin(struct kernel *kernel, struct output *output, pid_t pid, bool baseline);

/* Emits the counters of the processes that still run; call after kernel_stop(). Returns how many processes could not be
 * read: their counts are missing. */
unsigned counter_events_end(struct kernel *kernel, struct output *output);

#endif
