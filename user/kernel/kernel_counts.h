/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what the kernel side counts, summed over the CPUs. */
#ifndef USER_KERNEL_KERNEL_COUNTS_H
#define USER_KERNEL_KERNEL_COUNTS_H

#include "kernel.h"

/* Events lost since the start, by kind and cause. 0 or -errno. */
int kernel_lost(const struct kernel *kernel, uint64_t lost[EVENT_KINDS][LOST_CAUSES]);

/* Fills `calls` (SYSCALL_MAX entries) and `lost`. 0 or -errno. */
int kernel_counts(
	const struct kernel *kernel, struct call_count *calls, uint64_t lost[EVENT_KINDS][LOST_CAUSES]);

/* All that happened since the start while its probes were attached, whether it was reported, left out or lost. */
struct kernel_activity {
	uint64_t calls;  /* traced system calls */
	uint64_t events; /* probes of the library */
};

/* 0 or -errno. */
int kernel_activity(const struct kernel *kernel, struct kernel_activity *activity);

/* What the hook that counts reads has seen on a CPU, with bundletop --files. */
struct cpu_uses {
	uint64_t calls; /* system calls of any kind */
	uint64_t reads; /* those of them that read, by processes that use model files */
};

/* Of each of the first `cpus` CPUs. 0 or -errno. */
int kernel_cpu_uses(const struct kernel *kernel, struct cpu_uses *uses, int cpus);

/* Calls `each` for the loads that were counted and not reported since the last call, and clears them. The first
 * error of `each` ends the walk and is returned. */
int kernel_load_times(struct kernel *kernel,
	int (*each)(void *ctx, const struct load_key *key, const struct load_times *times), void *ctx);

#endif
