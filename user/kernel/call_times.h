/* SPDX-License-Identifier: BSD-2-Clause */
/* The distribution of call durations, as the kernel side counts it where it emits no records of calls. */
#ifndef USER_KERNEL_CALL_TIMES_H
#define USER_KERNEL_CALL_TIMES_H

#include "user/tables/stats.h"
#include "kernel.h"

/* Adds the distributions to `stats`; `calls`, from kernel_counts(), gives sums and maxima. Once, after kernel_stop(). 0 or
 * -errno. */
int call_times_take(const struct kernel *kernel, const struct call_count *calls, struct stats *stats);

/* Clears what was counted so far. */
void call_times_forget(const struct kernel *kernel);

#endif
