/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: a command, the kernel side, the way of its events to the output. */
#ifndef BUNDLETRACE_TRACE_H
#define BUNDLETRACE_TRACE_H

#include "options.h"

/* Traces the command from its start to its end, or until a signal. Returns the exit status of bundletrace. */
int trace_run(const struct options *options);

#endif
