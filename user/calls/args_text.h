/* SPDX-License-Identifier: BSD-2-Clause */
/* A system call's arguments as text and as JSON. Both append to `out`. */
#ifndef USER_CALLS_ARGS_TEXT_H
#define USER_CALLS_ARGS_TEXT_H

#include "user/base/text.h"
#include "user/event/event.h"

/* As strace -y prints them, without the brackets: 3</tmp/demo.apbundle>, 124, SEEK_SET */
void args_text(struct text *out, const struct call_event *call);

/* A JSON array: numbers and descriptors as numbers; flags, paths, pointers, buffers and memory behind a pointer
 * as strings. */
void args_json(struct text *out, const struct call_event *call);

#endif
