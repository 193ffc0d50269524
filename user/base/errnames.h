/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and meanings of the kernel's error numbers, including those that only a tracer sees. */
#ifndef USER_BASE_ERRNAMES_H
#define USER_BASE_ERRNAMES_H

#include <stdbool.h>

const char *errno_name(int number);    /* "ENOENT"; NULL if unknown */
const char *errno_meaning(int number); /* "No such file or directory"; NULL if unknown */

/* ERESTARTSYS and the like: the call has not ended, the kernel starts it again. */
bool errno_restarts(int number);

#endif
