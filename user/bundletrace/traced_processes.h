/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a trace is of, and whom it is never of. */
#ifndef USER_BUNDLETRACE_TRACED_PROCESSES_H
#define USER_BUNDLETRACE_TRACED_PROCESSES_H

#include "user/kernel/kernel.h"
#include "options.h"

/* True if the processes of -p run; else reported. */
bool traced_processes_exist(const struct options *options);

/* Says to the kernel side whom to trace; `command`: the process that waits to execute it. 0, or reported and
 * -errno. */
int traced_processes_mark(const struct options *options, struct kernel *kernel, pid_t command);

/* And whom not: who takes the output, which is open by now. `proc`: /proc tells of processes. The same. */
int traced_processes_exclude_readers(const struct options *options, struct kernel *kernel, bool proc);

#endif
