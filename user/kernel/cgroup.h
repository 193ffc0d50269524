/* SPDX-License-Identifier: BSD-2-Clause */
/* A control group, of version 1 or 2, as --cgroup names it, and the processes in it. */
#ifndef USER_KERNEL_CGROUP_H
#define USER_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of a version 1 group whose hierarchy this process cannot see. */
#define CGROUP_HIERARCHY_UNKNOWN UINT32_MAX

struct cgroup {
	char *folder;       /* to be freed */
	uint64_t id;        /* the kernel's number of the group in its hierarchy */
	uint32_t hierarchy; /* the kernel's number of the hierarchy; 0: version 2 */
};

/*
 * Finds a group by the path of its folder, or by its path below the root of a hierarchy, as /proc/PID/cgroup
 * shows it ("system.slice/x.service"). Of several hierarchies that have such a path, version 2 comes first, then
 * that of the memory controller, then the others as they are mounted. "" and "/" are a root. False: there is no such group.
 */
bool cgroup_find(const char *name, struct cgroup *cgroup);

/* Where a hierarchy is mounted, version 2 first: for messages. To be freed; NULL: nowhere. */
char *cgroup_mount(void);

/* Calls `each` for every process that is in the group now, or in a group within it. 0, or -errno (-ENOENT: the
 * group is gone). */
int cgroup_processes(const char *folder, void (*each)(void *ctx, pid_t pid), void *ctx);

#endif
