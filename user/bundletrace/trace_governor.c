/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace_governor.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/clock.h"
#include "user/base/report.h"

int trace_governor_init(
	struct trace_governor *governor, struct kernel *kernel, const struct filter *filter, double max)
{
	int err = event_governor_init(&governor->events, kernel, filter, max);
	if (err)
		report("--max-overhead: cannot measure what an event costs: %s", strerror(-err));
	return err;
}

void trace_governor_free(struct trace_governor *governor)
{
	for (unsigned i = 0; i <= STEP_NOTES; i++)
		free(governor->notes[i]);
}

/* The step just taken, as text with the time of day. */
static const char *note(struct trace_governor *governor)
{
	unsigned long at = governor->stepped < STEP_NOTES ? governor->stepped : STEP_NOTES;
	struct text t = { 0 };
	clock_time_of_day(&t, (int64_t)clock_ns(CLOCK_REALTIME));
	text_char(&t, ' ');
	governor_text(&t, &governor->events.governor);
	governor->stepped++;
	if (governor->stepped > STEP_NOTES + 1)
		text_printf(&t, " (and %lu steps before)", governor->stepped - STEP_NOTES - 1);
	text_char(&t, '\0');
	free(governor->notes[at]);
	governor->notes[at] = t.failed ? NULL : t.data;
	return governor->notes[at];
}

const char *trace_governor_tick(struct trace_governor *governor, uint64_t now_ns)
{
	struct event_governor *events = &governor->events;
	struct event_rates rates;
	if (!event_governor_sample(events, now_ns, &rates) || !rates.passed_ns)
		return NULL;
	/* with the frequent probes detached, nothing is left to count */
	if (!event_governor_update(events, now_ns, events->governor.step == STEP_FEWER ? NULL : &rates))
		return NULL;
	int err = event_governor_apply(events);
	if (err)
		report("--max-overhead: cannot put the probes back: %s", strerror(-err));
	return note(governor);
}
