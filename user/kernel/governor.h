/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded overhead (--max-overhead): decides how much detail the kernel side reports, so that tracing takes no
 * more than a given share of a traced thread's time. The cost of an event is measured at start
 * (event_costs.h), so the current rate of events gives the share that each step would take. The governor moves
 * to the first step that fits: down at once, up only after that step would have fitted for a while.
 * Pure arithmetic: event_governor.h measures the rates and applies the step.
 */
#ifndef USER_KERNEL_GOVERNOR_H
#define USER_KERNEL_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/text.h"

/* In the order of falling cost. */
enum governor_step {
	STEP_ALL,
	STEP_SOME,  /* fewer details */
	STEP_COUNT, /* aggregated in the kernel: no single event is reported */
	STEP_FEWER, /* the frequent probes are detached as well */
	STEPS
};

struct governor {
	const char *const *messages; /* by step: what is reported from that step on */
	double max;                  /* share of a thread's time: 0.01 is 1%; 0: no limit */
	enum governor_step step;
	double share;     /* of a thread's time, as last estimated */
	uint64_t calm_ns; /* since when a higher step has fitted; 0: none fits */
	uint64_t step_ns; /* time of the last step */
	uint64_t hold_ns; /* how long a higher step must fit before it is taken */
	bool up;          /* the last step was upwards */
};

/* Parses a percentage: "1", "0.5%", or "off" (0). Stores the share; false if `text` is none of these. */
bool governor_parse(const char *text, double *max);

extern const char *const governor_events[STEPS]; /* messages for events */
extern const char *const governor_reads[STEPS];  /* messages for counted file reads */

void governor_init(struct governor *governor, double max, const char *const messages[STEPS]);

/*
 * Takes a step if one is due; returns true if it did. `shares`: the share of a thread's time that each step
 * takes at the current rate of events; NULL: the rate is unknown because the probes are detached (after the
 * hold time the governor goes up to STEP_COUNT to measure it again).
 */
bool governor_update(struct governor *governor, uint64_t now_ns, const double shares[STEPS]);

/* "all", "some", "count", "fewer" */
const char *governor_word(enum governor_step step);

/* Appends "overhead would be 4.2%, at most 1%: ..." and what is reported from here on. */
void governor_text(struct text *t, const struct governor *governor);

#endif
