/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The governor of a running trace's events: measures their rates on the kernel side, and applies the chosen
 * step to it. The program decides which rates count (of all processes, of the busiest one).
 */
#ifndef USER_KERNEL_EVENT_GOVERNOR_H
#define USER_KERNEL_EVENT_GOVERNOR_H

#include "event_costs.h"
#include "governor.h"
#include "kernel_counts.h"

struct event_governor {
	struct governor governor;
	struct kernel *kernel;
	struct event_costs costs;
	struct kernel_activity before; /* at the last sample */
	uint64_t sampled_ns;           /* CLOCK_MONOTONIC; 0: no sample yet */
};

/* Per second, whether the events were reported, lost or left out. */
struct event_rates {
	uint64_t
		passed_ns; /* since the sample before; 0: this is the first one, and there are no rates yet */
	double calls;      /* traced system calls */
	double events;     /* probes of the library */
};

/* Measures what an event costs, if there is a limit (`max` > 0). Before anything is attached. 0 or -errno. */
int event_governor_init(
	struct event_governor *governor, struct kernel *kernel, const struct filter *filter, double max);

/* Call many times a second: true if a sample was due, which fills *rates. Never true without a limit. */
bool event_governor_sample(struct event_governor *governor, uint64_t now_ns, struct event_rates *rates);

/* Takes a step if the rates ask for one (NULL: they are unknown); true if it did. Apply it then. */
bool event_governor_update(struct event_governor *governor, uint64_t now_ns, const struct event_rates *rates);

/* Makes the kernel side report as much as the current step says. 0 or -errno: probes could not be attached
 * again, and stay off. */
int event_governor_apply(const struct event_governor *governor);

#endif
