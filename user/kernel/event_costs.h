/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an event costs the traced thread on this kernel, measured in this process: a probe site like the library's,
 * and a system call, each many times at each level of detail.
 */
#ifndef USER_KERNEL_EVENT_COSTS_H
#define USER_KERNEL_EVENT_COSTS_H

#include "kernel.h"

struct event_costs {
	double call_ns[DETAILS]; /* tracing one system call, beyond the call itself; 0: none is traced */
	double app_ns[DETAILS];  /* one probe of the library */
	double use_ns;           /* counting one read for bundletop --files; 0: reads are not counted */
	double skip_ns;          /* the same of a process that is left out of that */
};

/* Call after kernel_load(), before anything is attached: its own events are removed from rings and counts. 0 or
 * -errno. */
int event_costs_measure(struct kernel *kernel, const struct filter *filter, struct event_costs *costs);

#endif
