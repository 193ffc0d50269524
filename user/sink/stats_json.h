/* SPDX-License-Identifier: BSD-2-Clause */
/* How long calls and loads took, for programs: docs/json.md. */
#ifndef USER_SINK_STATS_JSON_H
#define USER_SINK_STATS_JSON_H

#include "user/base/json.h"
#include "user/event/sink.h"
#include "user/tables/stats.h"

/* Adds "latency_us" and "histogram", as s->options ask, to the open object; nothing if s is NULL or l is
 * empty. `outliers`: how many of l are outliers. */
void stats_json(struct json *json, const struct stats *s, const struct latency *l, uint64_t outliers);

/* Adds "anomalies" to the open object, if it was asked for. */
void stats_outliers_json(struct json *json, const struct run_result *result);

#endif
