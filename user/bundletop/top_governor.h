/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --max-overhead of bundletop: keeps what the probes take of the busiest process's time below the limit. Steps
 * down follow the events that the probes reported, many times a second. Once no event is reported, steps up
 * follow the library's own counters, which give at each reading the rate that the probes would see.
 */
#ifndef USER_BUNDLETOP_TOP_GOVERNOR_H
#define USER_BUNDLETOP_TOP_GOVERNOR_H

#include "user/kernel/event_governor.h"
#include "user/kernel/kernel_counts.h"
#include "processes.h"
#include "state.h"

enum { STEPS_KEPT = 32 };

/* A step that was taken, and why. */
struct top_step {
	uint64_t time_ns;
	struct governor governor; /* as it was then */
};

struct top_governor {
	struct event_governor events; /* the probes, in the busiest process */
	struct governor reads; /* the counting of file reads, on the busiest CPU; no limit: it is off */
	struct top_step steps[STEPS_KEPT];
	uint64_t stepped;  /* steps so far: the last STEPS_KEPT are kept */
	double event_rate; /* of all processes, per second */
	int cpus;
	struct cpu_uses *cpu_uses; /* of each CPU, at the last sample */
};

/* Measures what an event costs; before anything is attached. `max`: as in struct governor. 0 or -errno; free it
 * in either case. */
int top_governor_init(
	struct top_governor *governor, struct kernel *kernel, const struct filter *filter, double max);
void top_governor_free(struct top_governor *governor);

/* Call many times a second: true if a step was taken. */
bool top_governor_tick(struct top_governor *governor, struct processes *processes, uint64_t now_ns);

/* Call after each reading of the counters: true if a step was taken. */
bool top_governor_reading(
	struct top_governor *governor, struct processes *processes, const struct state *state);

/* The oldest step that is kept, from step number `from` on: the first to show. */
uint64_t top_governor_first(const struct top_governor *governor, uint64_t from);
const struct top_step *top_governor_step(const struct top_governor *governor, uint64_t number);

#endif
