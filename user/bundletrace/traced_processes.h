/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that a trace is of, and those that are never traced. */
#ifndef USER_BUNDLETRACE_TRACED_PROCESSES_H
#define USER_BUNDLETRACE_TRACED_PROCESSES_H

#include "user/base/text.h"
#include "user/kernel/kernel.h"
#include "options.h"

/* True if the processes of -p exist; else reported. */
bool traced_processes_exist(const struct options *options);

/* Marks the processes to trace in the kernel side. `command`: the process that waits to execute the command.
 * 0, or reported and -errno. */
int traced_processes_mark(const struct options *options, struct kernel *kernel, pid_t command);

/* Excludes the readers of the output, which has to be open, so that they can be found. `proc`: /proc can be
 * read. 0, or reported and -errno. */
int traced_processes_exclude_readers(const struct options *options, struct kernel *kernel, bool proc);

/* With -f and -p: appends which descendants of the processes are not traced, since they ran before, and how to have
 * them. Call it once the processes are marked. */
void traced_processes_left(const struct options *options, struct kernel *kernel, struct text *t);

#endif
