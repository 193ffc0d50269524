/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of constants in arguments of system calls. */
#ifndef COMMON_FLAGS_H
#define COMMON_FLAGS_H

#include "syscalls.h"
#include "text.h"

/* Appends a value of a type above ARG_SYMBOLS: O_RDWR|O_CLOEXEC; unknown bits as hex after |, unknown values
 * as numbers. */
void flags_text(struct text *out, enum arg_type type, uint64_t value);

#endif
