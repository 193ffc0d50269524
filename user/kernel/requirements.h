/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trace needs of the machine, said in words before the kernel says "Operation not permitted". */
#ifndef USER_KERNEL_REQUIREMENTS_H
#define USER_KERNEL_REQUIREMENTS_H

#include <stdbool.h>

/* True if everything is there; else what is missing, and what to do, has been reported. */
bool requirements_met(void);

/* True if probes can be attached in user programs; else reported as a warning. */
bool requirements_uprobes(void);

/* True if /proc numbers processes as this one does; else reported as a warning. */
bool requirements_proc(void);

/* Says why loading or attaching failed. */
void requirements_explain(const char *what, int err);

#endif
