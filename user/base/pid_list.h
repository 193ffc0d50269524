/* SPDX-License-Identifier: BSD-2-Clause */
/* Process ids on a command line. */
#ifndef USER_BASE_PID_LIST_H
#define USER_BASE_PID_LIST_H

#include <stdbool.h>
#include <sys/types.h>

/* 12,34: adds to the list, which grows by realloc(). False: not process ids. */
bool pid_list_add(pid_t **pids, unsigned *count, const char *text);

#endif
