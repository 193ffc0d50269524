/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of constants in arguments of system calls. */
#ifndef USER_CALLS_FLAGS_H
#define USER_CALLS_FLAGS_H

#include "syscalls.h"
#include "user/base/text.h"

/* Appends a value of a type above ARG_SYMBOLS: O_RDWR|O_CLOEXEC; unknown bits as hex after |, unknown values
 * as numbers. */
void flags_text(struct text *out, enum arg_type type, uint64_t value);

#endif
