/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts system calls from their events, for when not all calls that the kernel side counted are shown. */
#ifndef USER_EVENT_CALL_COUNTS_H
#define USER_EVENT_CALL_COUNTS_H

#include <stdint.h>

#include "bpf/events.h"

/* Adds a call. `nr` is below SYSCALL_MAX; duration_ns may be NO_DURATION. */
void call_counts_add(
	struct call_count counts[SYSCALL_MAX], unsigned nr, int64_t result, uint64_t duration_ns);

#endif
