/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk_rate.h"

#include <string.h>

#define SECOND 1e9

/* Makes room for a window: those that fall out have all their bytes, since what ends later began later, but for
 * requests that take longer than all windows. */
static void advance(struct disk_rate *rate, uint64_t window)
{
	if (!rate->any)
		rate->newest = window;
	rate->any = true;
	uint64_t steps = window > rate->newest ? window - rate->newest : 0;
	for (uint64_t i = 0; i < steps && i < RATE_WINDOWS; i++) {
		double *oldest = &rate->windows[(rate->newest + 1 + i) % RATE_WINDOWS];
		if (*oldest > rate->best)
			rate->best = *oldest;
		*oldest = 0;
	}
	rate->newest += steps;
}

static void add_bytes(struct disk_rate *rate, uint64_t from_ns, uint64_t to_ns, uint64_t bytes)
{
	uint64_t took = to_ns - from_ns, last = to_ns / RATE_WINDOW_NS, first = from_ns / RATE_WINDOW_NS;
	advance(rate, last);
	if (rate->newest >= RATE_WINDOWS && first <= rate->newest - RATE_WINDOWS)
		first = rate->newest - RATE_WINDOWS + 1;
	for (uint64_t window = first; window <= last; window++) {
		uint64_t begins = window * RATE_WINDOW_NS, ends = begins + RATE_WINDOW_NS;
		uint64_t from = from_ns > begins ? from_ns : begins, to = to_ns < ends ? to_ns : ends;
		double share = took ? (double)(to - from) / (double)took : 1;
		rate->windows[window % RATE_WINDOWS] += (double)bytes * share;
	}
}

/* Joins what overlaps. Nothing ends after the new one. */
static void add_span(struct disk_rate *rate, uint64_t from_ns, uint64_t to_ns)
{
	struct rate_span *spans = rate->spans;
	while (rate->spans_used && spans[rate->spans_used - 1].to_ns >= from_ns) {
		rate->spans_used--;
		if (spans[rate->spans_used].from_ns < from_ns)
			from_ns = spans[rate->spans_used].from_ns;
		if (spans[rate->spans_used].to_ns > to_ns)
			to_ns = spans[rate->spans_used].to_ns;
	}
	if (rate->spans_used == RATE_SPANS) {
		rate->busy_ns += spans[0].to_ns - spans[0].from_ns;
		memmove(spans, spans + 1, (RATE_SPANS - 1) * sizeof(*spans));
		rate->spans_used--;
	}
	spans[rate->spans_used++] = (struct rate_span){ from_ns, to_ns };
}

void disk_rate_add(struct disk_rate *rate, uint64_t from_ns, uint64_t to_ns, uint64_t bytes)
{
	if (from_ns > to_ns)
		return;
	rate->bytes += bytes;
	add_bytes(rate, from_ns, to_ns, bytes);
	add_span(rate, from_ns, to_ns);
}

uint64_t disk_rate_busy(const struct disk_rate *rate)
{
	uint64_t busy = rate->busy_ns;
	for (uint32_t i = 0; i < rate->spans_used; i++)
		busy += rate->spans[i].to_ns - rate->spans[i].from_ns;
	return busy;
}

bool disk_rate_mean(const struct disk_rate *rate, uint64_t *bytes)
{
	uint64_t busy = disk_rate_busy(rate);
	*bytes = busy ? (uint64_t)((double)rate->bytes / (double)busy * SECOND) : 0;
	return busy > 0;
}

bool disk_rate_best(const struct disk_rate *rate, uint64_t *bytes)
{
	double best = rate->best;
	for (unsigned i = 0; i < RATE_WINDOWS; i++)
		if (rate->windows[i] > best)
			best = rate->windows[i];
	uint64_t mean;
	disk_rate_mean(rate, &mean);
	*bytes = (uint64_t)(best * (SECOND / RATE_WINDOW_NS));
	if (mean > *bytes)
		*bytes = mean; /* the windows that are not full have less */
	return disk_rate_busy(rate) >= RATE_WINDOW_NS;
}
