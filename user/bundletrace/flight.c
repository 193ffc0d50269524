/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "user/tables/summary.h"
#include "user/record/window.h"

/* A condition that holds all the time must not fill the disk. */
#define BETWEEN_NS        1000000000
#define BY_CONDITIONS_MAX 100

struct flight {
	const struct options *options;
	struct window *window;
	struct summary *summary; /* tells a reload; NULL: no condition asks */
	const char *due;         /* the condition that has held */
	uint64_t dumped_ns;      /* time of the last record when a condition's document was written last */
	uint64_t now_ns;         /* of the last record */
	unsigned by_conditions;
};

struct flight *flight_new(const struct options *options)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	bool reloads = false;
	if (!flight)
		return NULL;
	for (unsigned i = 0; i < options->when_count; i++)
		reloads |= options->when[i].reload;
	flight->options = options;
	flight->window = window_new(options->flight_bytes);
	flight->summary = reloads ? summary_new() : NULL;
	if (flight->window && (flight->summary || !reloads))
		return flight;
	flight_free(flight);
	return NULL;
}

void flight_free(struct flight *flight)
{
	if (!flight)
		return;
	window_free(flight->window);
	summary_free(flight->summary);
	free(flight);
}

/* True if the event is a miss that is a reload. */
static bool is_reload(struct flight *flight, const struct event *ev)
{
	if (!flight->summary)
		return false;
	uint64_t before = flight->summary->reloads;
	summary_event(flight->summary, ev);
	return flight->summary->reloads != before;
}

static void look_for_conditions(struct flight *flight, const struct event *ev)
{
	const struct options *options = flight->options;
	bool reload = is_reload(flight, ev);
	if (flight->by_conditions >= BY_CONDITIONS_MAX)
		return;
	for (unsigned i = 0; i < options->when_count && !flight->due; i++)
		if (condition_holds(&options->when[i], ev, reload))
			flight->due = options->when[i].spec;
}

int flight_record(
	struct flight *flight, const struct event_header *record, unsigned cpu, const struct event *ev)
{
	flight->now_ns = record->time_ns;
	if (ev)
		look_for_conditions(flight, ev);
	return window_add(flight->window, record, cpu);
}

const char *flight_due(const struct flight *flight)
{
	bool soon = flight->by_conditions && flight->now_ns - flight->dumped_ns < BETWEEN_NS;
	return soon ? NULL : flight->due;
}

const char *flight_reason(const struct flight *flight)
{
	return flight->due;
}

int flight_each(struct flight *flight, timeline_take put, void *ctx)
{
	return window_each(flight->window, put, ctx);
}

void flight_written(struct flight *flight)
{
	if (flight->due) {
		flight->dumped_ns = flight->now_ns;
		if (++flight->by_conditions == BY_CONDITIONS_MAX)
			report("--when: %d times written: from here on only at the end and on SIGUSR1",
				BY_CONDITIONS_MAX);
	}
	flight->due = NULL;
}

void flight_end(struct flight *flight)
{
	flight->due = NULL;
}

size_t flight_bytes(const struct flight *flight)
{
	return window_bytes(flight->window);
}
