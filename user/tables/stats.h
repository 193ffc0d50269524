/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long system calls took, by call: percentiles, mean, deviation, and the slowest of them, for the
 * outliers. Fed with every event. Of the models' loads the summary keeps the same. Memory: at most 16 KB for
 * each of the calls that occur.
 *
 * An outlier took longer than the mean of its call or model by more than `sigma` standard deviations, both
 * over the whole trace. So they are known at its end, where the slowest that were kept are judged.
 */
#ifndef USER_TABLES_STATS_H
#define USER_TABLES_STATS_H

#include "user/event/event.h"
#include "user/event/latency.h"
#include "user/base/out.h"

struct bundle_stats;
struct model_stats;
struct run_result;

enum { OUTLIERS_MAX = 100 };

#define SIGMA_DEFAULT 3.0

/* What is asked for. */
struct stats_options {
	bool extended;  /* percentiles and outliers */
	bool histogram; /* how many took 2^n nanoseconds and more */
	double sigma;
};

struct call_times {
	struct latency ns;
	struct slow slowest[SLOW_KEPT]; /* the slowest first */
	unsigned kept;
};

struct stats {
	struct stats_options options;
	int64_t clock_offset_ns;
	struct call_times *calls[SYSCALL_MAX]; /* NULL: none that was timed */
};

struct stats *stats_new(
	const struct stats_options *options, int64_t clock_offset_ns); /* NULL: out of memory */
void stats_free(struct stats *s);
int stats_event(
	struct stats *s, const struct event *ev); /* 0 or -ENOMEM; others than system calls are passed over */

/* For calls that were counted elsewhere. NULL: out of memory. */
struct call_times *stats_call(struct stats *s, unsigned nr);
/* Puts it among the slowest, if it is one of them. */
void stats_keep_slow(struct call_times *times, const struct slow *slow);

struct slow slow_of(const struct event *ev, uint64_t duration_ns);

/* ---- at the end ---- */

/* What is longer is an outlier; infinite where all took the same time. */
double stats_limit(const struct stats *s, const struct latency *l);

/* How many outliers there are; of calls exact as long as not all that were kept are some. */
uint64_t stats_call_outliers(const struct stats *s, const struct call_times *times);

struct outlier {
	struct slow slow;
	double sigma; /* over the mean, in standard deviations */
	uint32_t nr;  /* of a call; or: */
	const struct model_stats *model;
	const struct bundle_stats *bundle;
};

/* The outliers that are farthest off, first; of a model one at most. Returns how many; *total: those that are
 * not here too. */
unsigned stats_outliers(const struct run_result *result, struct outlier out[OUTLIERS_MAX], uint64_t *total);

/* The tables. NULL-safe: nothing is printed of what was not asked for. */
void stats_calls_text(struct text *out, const struct run_result *result);
void stats_models_text(struct text *out, const struct run_result *result, const struct bundle_stats *bundle);
void stats_outliers_text(struct text *out, const struct run_result *result);

/* ,"latency_us":{...},"histogram":[...] of what was asked for; `outliers` of it. */
void stats_json(struct text *t, const struct stats *s, const struct latency *l, uint64_t outliers);
void stats_outliers_json(struct text *t, const struct run_result *result);

#endif
