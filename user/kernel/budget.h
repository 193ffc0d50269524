/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded overhead (--max-overhead): how much of a traced thread's time the tool may take. What an event
 * costs has been measured at start (calibrate.h), so that rates say what each step would take; the first step
 * that fits is taken, at once downwards, and upwards when it would have fitted for a while.
 */
#ifndef USER_KERNEL_BUDGET_H
#define USER_KERNEL_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/text.h"

enum budget_step {
	BUDGET_ALL,
	BUDGET_SOME,  /* fewer details */
	BUDGET_COUNT, /* aggregation in the kernel: nothing is told one by one */
	BUDGET_FEWER, /* and what happens often has no probe any more */
	BUDGET_STEPS
};

struct budget {
	const char *const *from_here; /* by step: what is told from there on */
	double max;                   /* of a thread's time: 0.01 is 1%; 0: no limit */
	enum budget_step step;
	double share;     /* of a thread's time, as it was estimated last */
	uint64_t calm_ns; /* since when a higher step would do; 0: it would not */
	uint64_t step_ns; /* of the last step */
	uint64_t hold_ns; /* how long it has to be calm */
	bool up;          /* the last step was one up */
};

/* "1", "0.5%", "off" (0). */
bool budget_parse(const char *text, double *max);

extern const char *const budget_events[BUDGET_STEPS]; /* of events */
extern const char *const budget_reads[BUDGET_STEPS];  /* of reads that are counted */

void budget_init(struct budget *budget, double max, const char *const from_here[BUDGET_STEPS]);

/*
 * Takes a step if one is due, and says so. `shares`: what each step takes of a thread's time at the present
 * rate of events; NULL: the rate is not known, since there are no probes (it is looked at again after a
 * while).
 */
bool budget_look(struct budget *budget, uint64_t now_ns, const double shares[BUDGET_STEPS]);

/* all, some, count, fewer */
const char *budget_word(enum budget_step step);

/* "overhead 4.2%, at most 1%: ..." and what is told from here on. */
void budget_text(struct text *t, const struct budget *budget);

#endif
