/* SPDX-License-Identifier: BSD-2-Clause */
#include "outliers.h"

#include <math.h>
#include <stdlib.h>

#include "summary.h"

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

/* Adds to a list of `used`. A full list loses the outlier with the smallest sigma. Returns the new length. */
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
