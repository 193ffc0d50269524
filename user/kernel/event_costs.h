/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an event costs on this kernel, measured in this process: a probe of its own that does what the
 * library's do, and a system call, each many times at each detail of the telling.
 */
#ifndef USER_KERNEL_EVENT_COSTS_H
#define USER_KERNEL_EVENT_COSTS_H

#include "kernel.h"

struct event_costs {
	double call_ns[DETAILS]; /* of a traced system call, above its own time; 0: none is traced */
	double app_ns[DETAILS];  /* of a probe of the library */
	double use_ns;           /* of a read that bundletop --files counts; 0: none is */
};

/* Call after kernel_load(), before anything is attached: what it makes happen is taken out of rings and
 * counts again. 0 or -errno. */
int event_costs_measure(struct kernel *kernel, const struct filter *filter, struct event_costs *costs);

#endif
