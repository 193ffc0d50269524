/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tracepoints of io_uring the kernel has. */
#ifndef USER_KERNEL_URING_HOOKS_H
#define USER_KERNEL_URING_HOOKS_H

#include <stdbool.h>

#include "user/calls/filter.h"

struct bundletrace_bpf;

/* The hooks to load. All false: they are not wanted, or this kernel has none that tell a request (before Linux 6.0, or
 * built without io_uring). */
struct uring_hooks {
	bool submit, submit_before, complete;
};

/* Before the programs are loaded. That the kernel has no such hooks is reported if they were
 * asked for by name. */
struct uring_hooks uring_hooks_configure(struct bundletrace_bpf *skel, const struct filter *filter);

#endif
