/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes the arguments of a system call by the types that syscalls.tbl gives them. */
#ifndef USER_CALLS_ARGS_DECODE_H
#define USER_CALLS_ARGS_DECODE_H

#include "arg.h"
#include "user/event/event.h"

/* Fills `out` and returns the number of arguments. Arguments that the call ignores (openat's mode without
 * O_CREAT) are left out; clone's come in strace's order. `out` points into the event. */
int args_decode(const struct call_event *call, struct arg out[6]);

#endif
