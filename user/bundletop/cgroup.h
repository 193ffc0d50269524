/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes of a control group, of version 1 or 2, and of the groups within it. */
#ifndef USER_BUNDLETOP_CGROUP_H
#define USER_BUNDLETOP_CGROUP_H

#include <sys/types.h>

/* The folder of a group: by its path, or by its path below the root of a hierarchy
 * ("system.slice/x.service"), of which version 2 comes first. To be freed; NULL: reported. */
char *cgroup_find(const char *name);

/* Calls `each` for every process that is in it now. 0, or -errno (-ENOENT: the group is gone). */
int cgroup_processes(const char *folder, void (*each)(void *ctx, pid_t pid), void *ctx);

#endif
