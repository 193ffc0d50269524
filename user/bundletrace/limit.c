/* SPDX-License-Identifier: BSD-2-Clause */
#include "limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/base/clock.h"
#include "user/base/report.h"

#define LOOK_NS 250000000u

int limit_init(struct limit *limit, struct kernel *kernel, const struct filter *filter, double max)
{
	limit->kernel = kernel;
	budget_init(&limit->budget, max, budget_events);
	int err = max > 0 ? calibrate(kernel, filter, &limit->costs) : 0;
	if (err)
		report("--max-overhead: cannot measure what an event costs: %s", strerror(-err));
	return err;
}

void limit_free(struct limit *limit)
{
	for (unsigned i = 0; i <= LIMIT_NOTES; i++)
		free(limit->notes[i]);
}

static void apply(struct limit *limit)
{
	enum budget_step step = limit->budget.step;
	kernel_detail(limit->kernel, step < BUDGET_COUNT ? (enum detail)step : DETAIL_COUNT);
	int err = kernel_fewer(limit->kernel, step == BUDGET_FEWER);
	if (err)
		report("--max-overhead: cannot put the probes back: %s", strerror(-err));
}

/* The step that was taken, for the notes and for now. */
static const char *note(struct limit *limit)
{
	unsigned long at = limit->stepped < LIMIT_NOTES ? limit->stepped : LIMIT_NOTES;
	struct text t = { 0 };
	clock_time_of_day(&t, (int64_t)clock_ns(CLOCK_REALTIME));
	text_char(&t, ' ');
	budget_text(&t, &limit->budget);
	limit->stepped++;
	if (limit->stepped > LIMIT_NOTES + 1)
		text_printf(&t, " (and %lu steps before)", limit->stepped - LIMIT_NOTES - 1);
	text_char(&t, '\0');
	free(limit->notes[at]);
	limit->notes[at] = t.failed ? NULL : t.data;
	return limit->notes[at];
}

static double per_second(uint64_t now, uint64_t before, uint64_t passed_ns)
{
	return (double)(now - before) * 1e9 / (double)passed_ns;
}

const char *limit_look(struct limit *limit, uint64_t now_ns)
{
	struct kernel_happened now;
	uint64_t passed_ns = now_ns - limit->looked_ns;
	bool first = limit->looked_ns == 0;
	if (limit->budget.max <= 0 || passed_ns < LOOK_NS || kernel_happened(limit->kernel, &now))
		return NULL;
	double calls = per_second(now.calls, limit->before.calls, passed_ns);
	double events = per_second(now.events, limit->before.events, passed_ns);
	double shares[BUDGET_STEPS] = { 0 };
	for (enum detail detail = 0; detail < DETAILS; detail++)
		shares[detail] =
			(calls * limit->costs.call_ns[detail] + events * limit->costs.app_ns[detail]) / 1e9;
	limit->looked_ns = now_ns;
	limit->before = now;
	if (first || !budget_look(&limit->budget, now_ns, limit->budget.step == BUDGET_FEWER ? NULL : shares))
		return NULL;
	apply(limit);
	return note(limit);
}
