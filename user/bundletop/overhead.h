/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps what the probes take of the busiest process's time below --max-overhead. Steps down come from events
 * that the probes have told of, many times a second; steps up from the library's counters, which say at each
 * reading what would happen if the probes were there.
 */
#ifndef USER_BUNDLETOP_OVERHEAD_H
#define USER_BUNDLETOP_OVERHEAD_H

#include "user/kernel/calibrate.h"
#include "user/kernel/budget.h"
#include "processes.h"
#include "state.h"

enum { OVERHEAD_STEPS = 32 };

/* A step that was taken, and why. */
struct overhead_step {
	uint64_t time_ns;
	struct budget budget; /* as it was then */
};

struct overhead {
	struct kernel *kernel;
	struct budget budget; /* of probes, in the busiest process */
	struct budget
		reads; /* of what counts reads, on the busiest processor; no limit: they are not counted */
	struct event_costs costs;
	struct overhead_step steps[OVERHEAD_STEPS];
	uint64_t stepped; /* so many: the last OVERHEAD_STEPS are kept */
	uint64_t looked_ns, happened;
	int cpus;
	uint64_t *calls; /* that each processor had seen then */
	double told;     /* events a second that the probes fired, of all processes */
};

/* Measures what an event costs, before anything is attached. 0 or -errno. */
int overhead_init(struct overhead *overhead, struct kernel *kernel, const struct filter *filter, double max);

void overhead_end(struct overhead *overhead);

/* Many times a second: true if a step was taken. */
bool overhead_tick(struct overhead *overhead, struct processes *processes, uint64_t now_ns);

/* At the end of a reading: true if a step was taken. */
bool overhead_reading(struct overhead *overhead, struct processes *processes, const struct state *state);

#endif
