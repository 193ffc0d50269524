/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long system calls took, by call: a histogram (percentiles, mean, deviation) and the slowest calls,
 * for outliers.h. Fed with every event. The summary keeps the same for the loads of models. Memory: at most
 * 16 KB for each system call that occurs.
 */
#ifndef USER_TABLES_STATS_H
#define USER_TABLES_STATS_H

#include "user/event/event.h"
#include "user/event/latency.h"
#include "user/base/out.h"

struct bundle_stats;
struct model_stats;
struct run_result;

#define SIGMA_DEFAULT 3.0

/* What the user asked for. */
struct stats_options {
	bool extended;  /* percentiles and outliers */
	bool histogram; /* counts by powers of two of the duration */
	double sigma;   /* the distance of an outlier from the mean, in standard deviations */
};

/* Of one system call. */
struct call_times {
	struct latency ns;
	struct slow slowest[SLOW_KEPT]; /* the slowest first */
	unsigned kept;                  /* how many of these */
};

struct stats {
	struct stats_options options;
	int64_t clock_offset_ns;               /* from an event's time to the wall clock's */
	struct call_times *calls[SYSCALL_MAX]; /* NULL: no such call was timed */
};

/* NULL: out of memory. */
struct stats *stats_new(const struct stats_options *options, int64_t clock_offset_ns);
void stats_free(struct stats *s);

/* Takes a timed system call; ignores every other event. 0 or -ENOMEM. */
int stats_event(struct stats *s, const struct event *ev);

/* The times of a call, to fill in what was counted elsewhere. NULL: out of memory. */
struct call_times *stats_call(struct stats *s, unsigned nr);
/* Adds one to the slowest calls, if it is slow enough. */
void stats_keep_slow(struct call_times *times, const struct slow *slow);

/* An event as an entry of such a list. */
struct slow slow_of(const struct event *ev, uint64_t duration_ns);

/* The tables. NULL-safe: nothing is printed of what was not asked for. */
void stats_calls_text(struct text *out, const struct run_result *result);
void stats_models_text(struct text *out, const struct run_result *result, const struct bundle_stats *bundle);
void stats_outliers_text(struct text *out, const struct run_result *result);

/* ,"latency_us":{...},"histogram":[...] of what was asked for; `outliers` of it. */
void stats_json(struct text *t, const struct stats *s, const struct latency *l, uint64_t outliers);
void stats_outliers_json(struct text *t, const struct run_result *result);

#endif
