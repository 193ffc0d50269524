/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments that depend on others: on a command, on flags. */
#ifndef USER_CALLS_ARGS_DEPEND_H
#define USER_CALLS_ARGS_DEPEND_H

#include "user/event/event.h"
#include "syscalls.h"

/* False if the call does not look at its argument i. */
bool arg_is_looked_at(const uint64_t args[6], int i, enum arg_type type);

/* True if argument i, which is a number for other commands, points to memory of its kind. */
bool arg_is_pointer(const struct call_event *call, int i, enum arg_type type);

/* Operations whose fourth argument is not a time but the number of waiters to move or wake. */
bool futex_counts(uint64_t operation);
bool futex_has_bitset(uint64_t operation);

bool fcntl_takes_lock(uint64_t command);

/* Which of clone's words count is in its flags. */
bool clone_has(uint64_t flags, enum arg_type type);

/* What prctl's words are for an option: those from the second on are numbers, if there are any. */
struct prctl_form {
	int option;
	uint8_t args;  /* besides the option */
	uint8_t first; /* enum arg_type */
};

const struct prctl_form *prctl_form(uint64_t option);

#endif
