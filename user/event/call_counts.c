/* SPDX-License-Identifier: BSD-2-Clause */
#include "call_counts.h"

void call_counts_add(struct call_count counts[SYSCALL_MAX], unsigned nr, int64_t result, uint64_t duration_ns)
{
	struct call_count *count = &counts[nr];
	count->calls++;
	count->errors += result < 0 && result >= -4095;
	if (duration_ns == NO_DURATION)
		return;
	count->total_ns += duration_ns;
	if (duration_ns > count->max_ns)
		count->max_ns = duration_ns;
}
