/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trace needs from the machine: checked first, and explained better than "Operation not permitted". */
#ifndef USER_KERNEL_REQUIREMENTS_H
#define USER_KERNEL_REQUIREMENTS_H

#include <stdbool.h>

/* True if all is met; else what is missing, and what to do, has been reported. */
bool requirements_met(void);

/* True if the kernel's version is at least this. For what no other means can tell. */
bool requirements_kernel(int major, int minor);

/* True if probes can be attached in user programs; else reported as a warning. */
bool requirements_uprobes(void);

/* True if /proc numbers processes as this one does; else reported as a warning. */
bool requirements_proc(void);

/* Reports why `what` failed with `err` (-errno), with advice. */
void requirements_explain(const char *what, int err);

#endif
