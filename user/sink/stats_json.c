/* SPDX-License-Identifier: BSD-2-Clause */
/* The times of calls and loads for programs: docs/json.md describes them. */
#include "user/event/sink.h"
#include "user/tables/outliers.h"
#include "user/tables/stats.h"
#include "user/tables/summary.h"
#include "user/calls/syscalls.h"

static void key_us(struct text *t, const char *key, double ns)
{
	text_printf(t, "\"%s\":%.3f,", key, ns / 1000);
}

static void latency_json(struct text *t, const struct latency *l, uint64_t outliers)
{
	static const struct {
		const char *key;
		double percent;
	} percentiles[] = { { "p50", 50 }, { "p75", 75 }, { "p90", 90 }, { "p95", 95 }, { "p99", 99 },
		{ "p99_9", 99.9 } };
	text_printf(t, ",\"latency_us\":{\"count\":%llu,", (unsigned long long)l->count);
	key_us(t, "min", (double)l->min);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++)
		key_us(t, percentiles[i].key, (double)latency_percentile(l, percentiles[i].percent));
	key_us(t, "max", (double)l->max);
	key_us(t, "mean", l->mean);
	key_us(t, "stddev", latency_deviation(l));
	text_printf(t, "\"outliers\":%llu}", (unsigned long long)outliers);
}

static void histogram_json(struct text *t, const struct latency *l)
{
	uint64_t counts[LATENCY_POWERS];
	const char *comma = "";
	latency_powers(l, counts);
	text_str(t, ",\"histogram\":[");
	for (unsigned i = 0; i < LATENCY_POWERS; i++) {
		if (counts[i] == 0)
			continue;
		text_printf(t, "%s{\"from_ns\":%llu,\"count\":%llu}", comma, i ? 1ull << i : 0ull,
			(unsigned long long)counts[i]);
		comma = ",";
	}
	text_char(t, ']');
}

void stats_json(struct text *t, const struct stats *s, const struct latency *l, uint64_t outliers)
{
	if (!s || l->count == 0)
		return;
	if (s->options.extended)
		latency_json(t, l, outliers);
	if (s->options.histogram)
		histogram_json(t, l);
}

static void outlier_json(struct text *t, const struct outlier *o)
{
	text_printf(t, "{\"time_ns\":%llu,\"pid\":%u,\"tid\":%u,\"duration_ns\":%llu,\"sigma\":%.3f,",
		(unsigned long long)o->slow.time_ns, o->slow.pid, o->slow.tid,
		(unsigned long long)o->slow.duration_ns, o->sigma);
	if (!o->model) {
		text_str(t, "\"layer\":\"syscall\",\"name\":\"");
		syscall_name_text(t, o->nr);
		text_str(t, "\"}");
		return;
	}
	text_str(t, "\"layer\":\"app\",\"name\":\"");
	text_json(t, o->model->name, o->model->name_len);
	text_str(t, "\",\"bundle_path\":");
	if (o->bundle->where) {
		text_char(t, '"');
		text_json(t, o->bundle->where->path, o->bundle->path_len);
		text_str(t, "\"}");
	} else {
		text_str(t, "null}");
	}
}

void stats_outliers_json(struct text *t, const struct run_result *result)
{
	struct outlier outliers[OUTLIERS_MAX];
	uint64_t total;
	if (!result->stats || !result->stats->options.extended)
		return;
	unsigned used = stats_outliers(result, outliers, &total);
	text_printf(t, ",\"anomalies\":{\"threshold_sigma\":%g,\"total\":%llu,\"farthest\":[",
		result->stats->options.sigma, (unsigned long long)total);
	for (unsigned i = 0; i < used; i++) {
		if (i)
			text_char(t, ',');
		outlier_json(t, &outliers[i]);
	}
	text_str(t, "]}");
}
