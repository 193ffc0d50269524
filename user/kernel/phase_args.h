/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the arguments of a probe are: of a function, by the calling convention; of a USDT probe, as its note says. */
#ifndef USER_KERNEL_PHASE_ARGS_H
#define USER_KERNEL_PHASE_ARGS_H

#include <stdbool.h>

#include "bpf/events.h"

/* The argument `number` (from 1, at most 6) of a function, at its entry, of as many bytes (negative: signed). */
struct phase_value phase_arg_of_function(int number, int bytes);

/* What a function returned. */
struct phase_value phase_arg_result(int bytes);

/* The argument `number` (from 1; or from the last one backwards, -1 ...) of a USDT probe, from the text of its note, such as
 * "-4@%edi 8@16(%rsp,%rax,8) 4@$7". NULL, or why it cannot be had: "has no argument 3". `text`: a buffer for it. */
const char *phase_arg_of_note(const char *args, int number, struct phase_value *value, char text[128]);

#endif
