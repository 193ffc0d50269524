/* SPDX-License-Identifier: BSD-2-Clause */
/* A system call's result as text. */
#ifndef USER_CALLS_RESULT_TEXT_H
#define USER_CALLS_RESULT_TEXT_H

#include "user/base/text.h"
#include "user/event/event.h"

/* Appends what follows the `= `: 3</tmp/x>, 0x7f..., -1 ENOENT (No such file or directory), or ? where the call
 * did not return. */
void result_text(struct text *out, const struct call_event *call);

/* -1 ENOENT (No such file or directory): of an errno. */
void error_text(struct text *out, int number);

#endif
