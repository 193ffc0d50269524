/* SPDX-License-Identifier: BSD-2-Clause */
/* The stage that finds causes, fed with made events; what it makes is kept. */
#ifndef TESTS_MADE_CAUSES_H
#define TESTS_MADE_CAUSES_H

#include <stdlib.h>

#include "user/event/load_costs.h"
#include "user/stage/cause.h"
#include "made_file_use.h"

/* An inferred load, as it was made. */
struct made_load {
	struct event ev;
	struct load_costs costs;
	char part[64], instead[64];
};

static struct cause *cause;
static struct made_load made_loads[4096];
static unsigned made_count;
static struct regions *cause_regions;
static struct place cause_place;
static uint64_t cause_now = 2000000000;

static inline void copy_span(char to[64], struct span s)
{
	snprintf(to, 64, "%.*s", s.data ? (int)s.len : 0, s.data ? s.data : "");
}

static inline int keep_made(void *ctx, const struct event *ev)
{
	(void)ctx;
	ck_assert_uint_lt(made_count, sizeof(made_loads) / sizeof(*made_loads));
	struct made_load *load = &made_loads[made_count++];
	load->ev = *ev;
	load->costs = *ev->costs;
	copy_span(load->part, ev->inferred.part);
	copy_span(load->instead, ev->inferred.instead);
	return 0;
}

static inline void causes_begin(bool infer, struct regions *regions)
{
	const struct cause_options options = { .own = true, .infer = infer, .storage_seen = true };
	const struct cause_output output = { keep_made, NULL };
	made_count = 0;
	cause_regions = regions;
	cause = cause_new(&options, &output);
	ck_assert_ptr_nonnull(cause);
}

static inline void causes_end(void)
{
	cause_free(cause);
	regions_free(cause_regions);
	cause_regions = NULL;
}

/* The event at its time, by a thread of process PID; returns its load. */
static inline uint64_t cause_of(struct event ev, uint32_t tid)
{
	ev.time_ns = cause_now += 1000;
	ev.tid = tid;
	ck_assert_int_eq(cause_take(cause, &ev), 0);
	return ev.load;
}

/* With the names of the bytes that it is about. */
static inline uint64_t cause_named(struct event ev, uint32_t tid, uint64_t offset, uint64_t length)
{
	const struct place *found = cause_regions && regions_find(cause_regions, offset, length, &cause_place)
					    ? &cause_place
					    : NULL;
	if (ev.kind == EVENT_SYSCALL)
		ev.call.place = found;
	else if (ev.kind == EVENT_URING)
		ev.uring.place = found;
	else
		ev.file_io.place = found;
	return cause_of(ev, tid);
}

#endif
