/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: whom to trace, the kernel side, the way of its events to the output. */
#ifndef USER_BUNDLETRACE_TRACE_H
#define USER_BUNDLETRACE_TRACE_H

#include "options.h"

/* Traces the command from its start, or running processes, to the end, or until a signal or the time is over.
 * Returns the exit status of bundletrace. */
int trace_run(const struct options *options);

#endif
