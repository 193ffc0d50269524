/* SPDX-License-Identifier: BSD-2-Clause */
/* How long calls and loads took, for people: --stats-extended and --histogram. Each function adds nothing if
 * result->stats is NULL or its table was not asked for. */
#ifndef USER_SINK_STATS_TEXT_H
#define USER_SINK_STATS_TEXT_H

#include "user/event/sink.h"
#include "user/tables/summary.h"

/* A row and a histogram for each system call. */
void stats_calls_text(struct text *out, const struct run_result *result);

/* The same for the loads of each model of a bundle, in the order of bundle->models. */
void stats_models_text(struct text *out, const struct run_result *result, const struct bundle_stats *bundle);

/* The outliers of calls and loads, the farthest from their mean first. */
void stats_outliers_text(struct text *out, const struct run_result *result);

#endif
