/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_KERNEL_KERNEL_STEPS_H
#define USER_KERNEL_KERNEL_STEPS_H

#include "kernel.h"

/* How much is told of what happens often. */
void kernel_detail(struct kernel *kernel, enum detail detail);

/* Takes the hooks of system calls off, or puts them back. 0 or -errno. */
int kernel_calls_fewer(struct kernel *kernel, bool fewer);

/* Takes the frequent probes and the hooks of system calls off, or puts them back. 0 or -errno. */
int kernel_fewer(struct kernel *kernel, bool fewer);

/* What happened so far, told, lost or not, while its probes were there. */
struct kernel_happened {
	uint64_t calls, events;
};
int kernel_happened(const struct kernel *kernel, struct kernel_happened *happened);

/* The system calls that each of `cpus` processors has seen. 0 or -errno. */
int kernel_cpu_calls(const struct kernel *kernel, uint64_t *calls, int cpus);

/* What counts reads of files (bundletop --files): put on, or taken off. 0 or -errno. */
int kernel_count_reads(struct kernel *kernel, bool on);

/* The loads that were counted and not told, since the last call. The first error ends it. */
int kernel_load_times(struct kernel *kernel,
	int (*each)(void *ctx, const struct load_key *key, const struct load_times *times), void *ctx);

#endif
