/* SPDX-License-Identifier: BSD-2-Clause */
/* One link for many uprobes in a file, which Linux has from 6.6 on, and libbpf later. */
#ifndef USER_KERNEL_MULTI_LINK_H
#define USER_KERNEL_MULTI_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ATTACH_UPROBE_MULTI 48 /* BPF_TRACE_UPROBE_MULTI; missing in older headers and libraries */

struct multi_link {
	int program; /* whose expected attach type is ATTACH_UPROBE_MULTI */
	const char *path;
	const uint64_t *offsets, *semaphores, *cookies; /* `count` of each; semaphore 0: none */
	unsigned count;
	pid_t only;   /* probes fire in this process alone; 0: in all */
	bool returns; /* at the functions' returns, not their entries */
};

/* The link, to be closed, or -errno. */
int multi_link_create(const struct multi_link *multi);

/* The process that a link is for; 0: that task has ended, or it is for all. */
pid_t multi_link_only(int link);

#endif
