/* SPDX-License-Identifier: BSD-2-Clause */
/* How long calls took, as the kernel side counted it where it does not hand them out. */
#ifndef USER_KERNEL_CALL_TIMES_H
#define USER_KERNEL_CALL_TIMES_H

#include "user/tables/stats.h"
#include "kernel.h"

/* Adds it to the statistics, of which `calls`, from kernel_counts(), has sum and maximum. Once, after
 * kernel_stop(). 0 or -errno. */
int call_times_take(const struct kernel *kernel, const struct call_count *calls, struct stats *stats);

/* Forgets what was counted so far. */
void call_times_forget(const struct kernel *kernel);

#endif
