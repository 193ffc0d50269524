/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/event/sink.h"
#include "summary.h"

struct stats *stats_new(const struct stats_options *options, int64_t clock_offset_ns)
{
	struct stats *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->options = *options;
	s->clock_offset_ns = clock_offset_ns;
	return s;
}

void stats_free(struct stats *s)
{
	for (unsigned nr = 0; s && nr < SYSCALL_MAX; nr++) {
		if (s->calls[nr])
			latency_free(&s->calls[nr]->ns);
		free(s->calls[nr]);
	}
	free(s);
}

struct slow slow_of(const struct event *ev, uint64_t duration_ns)
{
	return (struct slow){ ev->time_ns, duration_ns, ev->pid, ev->tid };
}

/* Of two that took the same, the first. */
static bool slower(const struct slow *a, const struct slow *b)
{
	return a->duration_ns != b->duration_ns ? a->duration_ns > b->duration_ns : a->time_ns < b->time_ns;
}

void stats_keep_slow(struct call_times *times, const struct slow *slow)
{
	unsigned at = times->kept;
	while (at > 0 && slower(slow, &times->slowest[at - 1]))
		at--;
	if (at == SLOW_KEPT)
		return;
	if (times->kept < SLOW_KEPT)
		times->kept++;
	memmove(&times->slowest[at + 1], &times->slowest[at],
		(times->kept - at - 1) * sizeof(times->slowest[0]));
	times->slowest[at] = *slow;
}

struct call_times *stats_call(struct stats *s, unsigned nr)
{
	struct call_times **times = &s->calls[nr % SYSCALL_MAX];
	if (!*times)
		*times = calloc(1, sizeof(**times));
	return *times;
}

int stats_event(struct stats *s, const struct event *ev)
{
	if (ev->kind != EVENT_SYSCALL || ev->duration_ns == NO_DURATION)
		return 0;
	struct call_times *times = stats_call(s, ev->call.nr);
	if (!times)
		return -ENOMEM;
	latency_add(&times->ns, ev->duration_ns, NULL);
	const struct slow slow = slow_of(ev, ev->duration_ns);
	stats_keep_slow(times, &slow);
	return 0;
}

/* ---- outliers ---- */

double stats_limit(const struct stats *s, const struct latency *l)
{
	double deviation = latency_deviation(l);
	return deviation > 0 ? l->mean + s->options.sigma * deviation : INFINITY;
}

static unsigned kept_above(const struct call_times *times, double limit)
{
	unsigned above = 0;
	while (above < times->kept && (double)times->slowest[above].duration_ns > limit)
		above++;
	return above;
}

uint64_t stats_call_outliers(const struct stats *s, const struct call_times *times)
{
	double limit = stats_limit(s, &times->ns);
	uint64_t kept = kept_above(times, limit), above;
	if (kept < SLOW_KEPT)
		return kept;
	above = latency_above(&times->ns, limit);
	return above > kept ? above : kept;
}

static int by_sigma(const void *a, const void *b)
{
	double x = ((const struct outlier *)a)->sigma, y = ((const struct outlier *)b)->sigma;
	return (x < y) - (x > y);
}

/* Of `used` so far; when there are as many as may be, the one that is least far off goes. */
static unsigned add_outlier(struct outlier out[OUTLIERS_MAX], unsigned used, const struct outlier *o)
{
	unsigned at = 0;
	if (used < OUTLIERS_MAX) {
		out[used] = *o;
		return used + 1;
	}
	for (unsigned i = 1; i < used; i++)
		if (out[i].sigma < out[at].sigma)
			at = i;
	if (out[at].sigma < o->sigma)
		out[at] = *o;
	return used;
}

static double sigmas(const struct latency *l, uint64_t ns)
{
	return ((double)ns - l->mean) / latency_deviation(l);
}

static unsigned call_outliers(const struct stats *s, struct outlier out[OUTLIERS_MAX], uint64_t *total)
{
	unsigned used = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct call_times *times = s->calls[nr];
		unsigned above = times ? kept_above(times, stats_limit(s, &times->ns)) : 0;
		for (unsigned i = 0; i < above; i++) {
			const struct slow *slow = &times->slowest[i];
			const struct outlier o = { *slow, sigmas(&times->ns, slow->duration_ns), nr, NULL,
				NULL };
			used = add_outlier(out, used, &o);
		}
		if (above)
			*total += stats_call_outliers(s, times);
	}
	return used;
}

static unsigned model_outliers(const struct stats *s, const struct bundle_stats *b,
	struct outlier out[OUTLIERS_MAX], unsigned used, uint64_t *total)
{
	for (const struct model_stats *m = b->models; m; m = m->hh.next) {
		const struct latency *l = &m->load_ns;
		double limit = stats_limit(s, l);
		if ((double)m->slowest.duration_ns <= limit)
			continue;
		const struct outlier o = { m->slowest, sigmas(l, m->slowest.duration_ns), 0, m, b };
		used = add_outlier(out, used, &o);
		*total += latency_above(l, limit);
	}
	return used;
}

unsigned stats_outliers(const struct run_result *result, struct outlier out[OUTLIERS_MAX], uint64_t *total)
{
	*total = 0;
	unsigned used = call_outliers(result->stats, out, total);
	struct bundle_stats *b = result->summary ? result->summary->bundles : NULL;
	for (; b; b = b->next)
		used = model_outliers(result->stats, b, out, used, total);
	qsort(out, used, sizeof(*out), by_sigma);
	return used;
}
