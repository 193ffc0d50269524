/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An outlier took longer than the mean of its call or model by more than `sigma` standard deviations. Mean
 * and deviation are those of the whole trace, so outliers are found at its end, among the slowest calls and
 * loads that were kept.
 */
#ifndef USER_TABLES_OUTLIERS_H
#define USER_TABLES_OUTLIERS_H

#include "user/event/sink.h"
#include "stats.h"

enum { OUTLIERS_MAX = 100 };

struct outlier {
	struct slow slow;
	double sigma;                    /* over the mean, in standard deviations */
	uint32_t nr;                     /* of a system call; of a load: */
	const struct model_stats *model; /* NULL: it is a call */
	const struct bundle_stats *bundle;
};

/* In nanoseconds: what takes longer is an outlier. Infinite if all took the same time. */
double stats_limit(const struct stats *s, const struct latency *l);

/* The number of a call's outliers. If more than SLOW_KEPT, it is taken from the histogram, whose buckets
 * are wide. */
uint64_t stats_call_outliers(const struct stats *s, const struct call_times *times);

/*
 * Fills `out` with the outliers that are farthest from the mean, the farthest first; of each model at most
 * one. Returns how many. *total: the number of all outliers, those included that are not in `out`.
 */
unsigned stats_outliers(const struct run_result *result, struct outlier out[OUTLIERS_MAX], uint64_t *total);

#endif
