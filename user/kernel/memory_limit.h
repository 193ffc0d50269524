/* SPDX-License-Identifier: BSD-2-Clause */
/* How much memory a process may use, its files in the page cache included. */
#ifndef USER_KERNEL_MEMORY_LIMIT_H
#define USER_KERNEL_MEMORY_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_limit {
	uint64_t bytes; /* 0: not known */
	bool grouped;   /* of its control group, or one above it; false: the memory of the machine */
};

/* The lowest of these limits. *limit is unchanged if the process is gone. */
void memory_limit_find(pid_t pid, struct memory_limit *limit);

#endif
