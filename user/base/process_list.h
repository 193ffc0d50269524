/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes of this pid namespace: /proc. */
#ifndef USER_BASE_PROCESS_LIST_H
#define USER_BASE_PROCESS_LIST_H

#include <sys/types.h>

/* Calls `each` for every process that runs now. None if /proc cannot be read. */
void process_list_each(void (*each)(void *ctx, pid_t pid), void *ctx);

/* 0: it has none, or it has ended. */
pid_t process_parent(pid_t pid);

#endif
