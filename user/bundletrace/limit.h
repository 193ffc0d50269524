/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --max-overhead: watches how often events come, and has the kernel's side tell less before what they cost
 * would pass the budget. Counted as if one thread made them all: it is never more.
 */
#ifndef USER_BUNDLETRACE_LIMIT_H
#define USER_BUNDLETRACE_LIMIT_H

#include "user/kernel/budget.h"
#include "user/kernel/calibrate.h"
#include "user/kernel/kernel_steps.h"

enum { LIMIT_NOTES = 50 };

struct limit {
	struct kernel *kernel;
	struct budget budget;
	struct event_costs costs;
	struct kernel_happened before;
	uint64_t looked_ns;
	char *notes[LIMIT_NOTES +
		    1]; /* each step, with its time of day; the last one tells how many more there were */
	unsigned long stepped;
};

/* Before anything is attached. `max` 0: no limit. 0, or reported and -errno. */
int limit_init(struct limit *limit, struct kernel *kernel, const struct filter *filter, double max);
void limit_free(struct limit *limit);

/* Many times a second. What is to be said if a step was taken; NULL: none was. */
const char *limit_look(struct limit *limit, uint64_t now_ns);

#endif
