/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags and constants by name: O_RDWR|O_CLOEXEC. The names are in flag_tables.c. */
#ifndef USER_CALLS_FLAGS_H
#define USER_CALLS_FLAGS_H

#include "arg_types.h"
#include "user/base/text.h"

/* Appends `value` by the names of `type`, which is ARG_SYMBOLS or above. Unknown bits follow as hex after |,
 * unknown constants print as numbers. */
void flags_text(struct text *out, enum arg_type type, uint64_t value);

/* True if the type has a name for this value. */
bool flags_names(enum arg_type type, uint64_t value);

#endif
