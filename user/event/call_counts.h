/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of system calls made of their events, where the kernel side's are not the ones wanted. */
#ifndef USER_EVENT_CALL_COUNTS_H
#define USER_EVENT_CALL_COUNTS_H

#include <stdint.h>

#include "bpf/events.h"

/* `nr` is below SYSCALL_MAX. */
void call_counts_add(
	struct call_count counts[SYSCALL_MAX], unsigned nr, int64_t result, uint64_t duration_ns);

#endif
