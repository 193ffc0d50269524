/* SPDX-License-Identifier: BSD-2-Clause */
#include "governor.h"

#include <string.h>

#include "user/base/numbers.h"

#define SECOND        1000000000ull
#define HOLD_LEAST_NS (3 * SECOND)
#define HOLD_MOST_NS  (60 * SECOND)
#define SOON_NS       (10 * SECOND) /* a step down within this time after a step up: the step up was premature */
#define MARGIN        0.7           /* a step up must fit into this part of the limit */

const char *const governor_events[STEPS] = {
	"everything is told again",
	"fewer details: one cache event in 17 is told, and of calls not what their arguments point to",
	"no event is told, they are counted in the kernel",
	"the frequent probes are taken off",
};

const char *const governor_reads[STEPS] = {
	"all reads of files are counted again",
	"all reads of files are counted again",
	"only reads of processes that use model files are counted",
	"reads of files are not counted",
};

bool governor_parse(const char *text, double *max)
{
	double percent = 0;
	bool off = strcmp(text, "off") == 0;
	const char *end = number_real_start(text, &percent);
	if (!off && (!end || (*end && strcmp(end, "%") != 0) || percent <= 0 || percent > 100))
		return false;
	*max = off ? 0 : percent / 100;
	return true;
}

void governor_init(struct governor *governor, double max, const char *const messages[STEPS])
{
	*governor = (struct governor){ .messages = messages, .max = max, .hold_ns = HOLD_LEAST_NS };
}

/* The first step whose share is at most `most`. */
static enum governor_step fitting(const double shares[STEPS], double most)
{
	enum governor_step step = STEP_ALL;
	while (step < STEP_FEWER && shares[step] > most)
		step++;
	return step;
}

static bool take(struct governor *governor, enum governor_step step, uint64_t now_ns)
{
	bool up = step < governor->step;
	if (!up && governor->up && now_ns - governor->step_ns < SOON_NS)
		governor->hold_ns =
			governor->hold_ns * 2 < HOLD_MOST_NS ? governor->hold_ns * 2 : HOLD_MOST_NS;
	else if (!up)
		governor->hold_ns = HOLD_LEAST_NS;
	governor->step = step;
	governor->step_ns = now_ns;
	governor->up = up;
	governor->calm_ns = 0;
	return true;
}

bool governor_update(struct governor *governor, uint64_t now_ns, const double shares[STEPS])
{
	if (governor->max <= 0)
		return false;
	if (shares)
		governor->share = shares[governor->step];
	enum governor_step wanted = shares ? fitting(shares, governor->max) : STEP_COUNT;
	if (shares && wanted > governor->step)
		return take(governor, wanted, now_ns);
	if (shares)
		wanted = fitting(shares, governor->max * MARGIN);
	if (wanted >= governor->step)
		governor->calm_ns = 0;
	else if (!governor->calm_ns)
		governor->calm_ns = now_ns;
	else if (now_ns - governor->calm_ns >= governor->hold_ns)
		return take(governor, wanted, now_ns);
	return false;
}

const char *governor_word(enum governor_step step)
{
	static const char *const words[] = { "all", "some", "count", "fewer" };
	return words[step];
}

void governor_text(struct text *t, const struct governor *governor)
{
	if (governor->up)
		text_printf(t, "overhead at most %g%% again: ", governor->max * 100);
	else
		text_printf(t, "overhead would be %.1f%%, at most %g%%: ", governor->share * 100,
			governor->max * 100);
	text_str(t, governor->messages[governor->step]);
}
