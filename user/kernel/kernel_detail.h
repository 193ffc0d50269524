/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a running trace report less, and all of it again. */
#ifndef USER_KERNEL_KERNEL_DETAIL_H
#define USER_KERNEL_KERNEL_DETAIL_H

#include "kernel.h"

/* How much is reported of frequent events. */
void kernel_set_detail(struct kernel *kernel, enum detail detail);

/* Detaches the hooks of system calls, or attaches them again. 0 or -errno. */
int kernel_detach_calls(struct kernel *kernel, bool detach);

/* Detaches the frequent probes and the hooks of system calls, or attaches them again. 0 or -errno. */
int kernel_detach_frequent(struct kernel *kernel, bool detach);

/* Attaches the hook that counts reads of files (bundletop --files), or detaches it. 0 or -errno. */
int kernel_count_reads(struct kernel *kernel, bool on);

/* True if that hook is there: the kernel side was loaded with `files`. */
bool kernel_counts_reads(const struct kernel *kernel);

/* Counts only the reads of processes in the map model_users, or those of all. */
void kernel_narrow_reads(struct kernel *kernel, bool narrow);

#endif
