/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* Of two that took equally long, the earlier one. */
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
