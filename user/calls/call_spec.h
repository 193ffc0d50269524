/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel side must know about each system call: which arguments are descriptors and paths, what the
 * result is, and which memory behind its arguments to copy. Derived from the types in syscalls.tbl.
 */
#ifndef USER_CALLS_CALL_SPEC_H
#define USER_CALLS_CALL_SPEC_H

#include "bpf/events.h"
#include "commands.h"

/* The argument positions and CALL_* flags of a number. CALL_WANTED is left clear: the filter decides that. An
 * unknown number has no descriptors, paths or flags. */
struct call_spec syscall_spec(unsigned nr);

/* The memory to copy, in the order in which the event carries it (struct call_event's `block`). */
struct call_copies syscall_copies(unsigned nr);

/* The same for a call with this command: in place of syscall_copies(). */
struct call_copies command_copies(const struct command *command);

#endif
