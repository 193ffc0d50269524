/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --max-overhead of bundletrace: all events together are assumed to come from one thread, which never
 * underestimates what a thread loses. Each step is kept as a note for the output.
 */
#ifndef USER_BUNDLETRACE_TRACE_GOVERNOR_H
#define USER_BUNDLETRACE_TRACE_GOVERNOR_H

#include "user/kernel/event_governor.h"

enum { STEP_NOTES = 50 };

struct trace_governor {
	struct event_governor events;
	char *notes[STEP_NOTES +
		    1];        /* each step with its time of day; the last one counts the steps left out */
	unsigned long stepped; /* steps so far */
};

/* Before anything is attached. `max`: as in struct governor. 0, or reported and -errno. */
int trace_governor_init(
	struct trace_governor *governor, struct kernel *kernel, const struct filter *filter, double max);
void trace_governor_free(struct trace_governor *governor);

/* Call many times a second. The note of the step that was taken, owned by `governor`; NULL: none was. */
const char *trace_governor_tick(struct trace_governor *governor, uint64_t now_ns);

#endif
