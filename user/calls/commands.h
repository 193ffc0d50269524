/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls with a command, such as ioctl and its request: what the arguments after the command are, command by command.
 * The table is commands_table.h, which scripts/gen-commands.sh makes from commands.tbl.
 */
#ifndef USER_CALLS_COMMANDS_H
#define USER_CALLS_COMMANDS_H

#include "syscalls.h"

struct command {
	uint16_t nr;
	uint32_t number;  /* the command */
	uint16_t args[5]; /* enum arg_type of the arguments after it */
};

/* The index of the argument that is the call's command; -1: the call has none. */
int command_arg(unsigned nr);

/* The table, ordered by call and command. */
const struct command *commands_all(size_t *count);

/* The call with the types that its arguments have for its command: syscall_info() where the table has nothing for it,
 * else *own, which the caller provides. */
const struct syscall_info *command_info(unsigned nr, const uint64_t args[6], struct syscall_info *own);

/* The same for an entry of the table. */
struct syscall_info command_types(const struct command *command);

#endif
