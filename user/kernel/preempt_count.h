/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether preemption is disabled while programs run at BTF tracepoints, by the CPU's own count of how deep it is. */
#ifndef USER_KERNEL_PREEMPT_COUNT_H
#define USER_KERNEL_PREEMPT_COUNT_H

#include "bpf/events.h"

/* Runs a small program at a tracepoint of system calls and at another one: these two kinds differ in what they disable.
 * PREEMPTION_UNKNOWN: the count cannot be read, or the program has not run. */
enum hooks_preemption preempt_count_ask(void);

#endif
