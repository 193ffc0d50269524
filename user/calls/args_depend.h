/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments whose meaning depends on another argument: on a command, an operation or flags. */
#ifndef USER_CALLS_ARGS_DEPEND_H
#define USER_CALLS_ARGS_DEPEND_H

#include "arg_types.h"
#include "user/event/event.h"

/* False if the call ignores its argument i. */
bool arg_is_used(const uint64_t args[6], int i, enum arg_type type);

/* True if argument i points to memory of its kind; for other commands it may be a number. */
bool arg_is_pointer(const struct call_event *call, int i, enum arg_type type);

/* True if the operation's fourth argument is a number of waiters instead of a timeout. */
bool futex_counts(uint64_t operation);

/* True if the command's argument is a struct flock. */
bool fcntl_takes_lock(uint64_t command);

/* True if clone's flags say that the argument of this type (ARG_CLONE_*) is used. */
bool clone_has(uint64_t flags, enum arg_type type);

/* The type that an argument has, where its type depends on the call's other arguments; else the type as it is. */
enum arg_type arg_resolve(enum arg_type type, const uint64_t args[6]);

#endif
