/* SPDX-License-Identifier: BSD-2-Clause */
/* Process ids on a command line. */
#ifndef USER_BASE_PID_LIST_H
#define USER_BASE_PID_LIST_H

#include <stdbool.h>
#include <sys/types.h>

/* Adds the ids of "12,34" to a list, which grows by realloc() and which the caller frees. False: not
 * process ids, or out of memory. */
bool pid_list_add(pid_t **pids, unsigned *count, const char *text);

#endif
