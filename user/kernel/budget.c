/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

#include <string.h>

#include "user/base/numbers.h"

#define SECOND        1000000000ull
#define HOLD_LEAST_NS (3 * SECOND)
#define HOLD_MOST_NS  (60 * SECOND)
#define SOON_NS       (10 * SECOND) /* a step down so soon after one up: it was too early */
#define MARGIN        0.7           /* of the budget: a step up has to fit in it */

const char *const budget_events[BUDGET_STEPS] = {
	"everything is told again",
	"fewer details: one cache event in 17 is told, and of calls not what their arguments point to",
	"no event is told, they are counted in the kernel",
	"the frequent probes are taken off",
};

const char *const budget_reads[BUDGET_STEPS] = {
	"reads of files are counted again",
	"reads of files are counted again",
	"reads of files are counted again",
	"reads of files are not counted",
};

bool budget_parse(const char *text, double *max)
{
	double percent = 0;
	bool off = strcmp(text, "off") == 0;
	const char *end = number_real_start(text, &percent);
	if (!off && (!end || (*end && strcmp(end, "%") != 0) || percent <= 0 || percent > 100))
		return false;
	*max = off ? 0 : percent / 100;
	return true;
}

void budget_init(struct budget *budget, double max, const char *const from_here[BUDGET_STEPS])
{
	*budget = (struct budget){ .from_here = from_here, .max = max, .hold_ns = HOLD_LEAST_NS };
}

/* The first step that takes no more than this. */
static enum budget_step fitting(const double shares[BUDGET_STEPS], double most)
{
	enum budget_step step = BUDGET_ALL;
	while (step < BUDGET_FEWER && shares[step] > most)
		step++;
	return step;
}

static bool take(struct budget *budget, enum budget_step step, uint64_t now_ns)
{
	bool up = step < budget->step;
	if (!up && budget->up && now_ns - budget->step_ns < SOON_NS)
		budget->hold_ns = budget->hold_ns * 2 < HOLD_MOST_NS ? budget->hold_ns * 2 : HOLD_MOST_NS;
	else if (!up)
		budget->hold_ns = HOLD_LEAST_NS;
	budget->step = step;
	budget->step_ns = now_ns;
	budget->up = up;
	budget->calm_ns = 0;
	return true;
}

bool budget_look(struct budget *budget, uint64_t now_ns, const double shares[BUDGET_STEPS])
{
	if (budget->max <= 0)
		return false;
	if (shares)
		budget->share = shares[budget->step];
	enum budget_step wanted = shares ? fitting(shares, budget->max) : BUDGET_COUNT;
	if (shares && wanted > budget->step)
		return take(budget, wanted, now_ns);
	if (shares)
		wanted = fitting(shares, budget->max * MARGIN);
	if (wanted >= budget->step)
		budget->calm_ns = 0;
	else if (!budget->calm_ns)
		budget->calm_ns = now_ns;
	else if (now_ns - budget->calm_ns >= budget->hold_ns)
		return take(budget, wanted, now_ns);
	return false;
}

const char *budget_word(enum budget_step step)
{
	static const char *const words[] = { "all", "some", "count", "fewer" };
	return words[step];
}

void budget_text(struct text *t, const struct budget *budget)
{
	if (budget->up)
		text_printf(t, "overhead at most %g%% again: ", budget->max * 100);
	else
		text_printf(t, "overhead would be %.1f%%, at most %g%%: ", budget->share * 100,
			budget->max * 100);
	text_str(t, budget->from_here[budget->step]);
}
