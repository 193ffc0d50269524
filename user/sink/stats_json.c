/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats_json.h"

#include "columns.h"
#include "user/tables/outliers.h"
#include "user/calls/syscalls.h"

static void latency_json(struct json *j, const struct latency *l, uint64_t outliers)
{
	json_field_object(j, "latency_us");
	json_field_u64(j, "count", l->count);
	for (unsigned i = 0; i < TIME_COLUMNS; i++)
		json_field_double(j, time_columns[i].name, time_value(&time_columns[i], l) / 1000, 3);
	json_field_u64(j, "outliers", outliers);
	json_end_object(j);
}

static void histogram_json(struct json *j, const struct latency *l)
{
	uint64_t counts[LATENCY_POWERS];
	latency_powers(l, counts);
	json_field_array(j, "histogram");
	for (unsigned i = 0; i < LATENCY_POWERS; i++) {
		if (counts[i] == 0)
			continue;
		json_begin_object(j);
		json_field_u64(j, "from_ns", i ? 1ull << i : 0);
		json_field_u64(j, "count", counts[i]);
		json_end_object(j);
	}
	json_end_array(j);
}

void stats_json(struct json *j, const struct stats *s, const struct latency *l, uint64_t outliers)
{
	if (!s || l->count == 0)
		return;
	if (s->options.extended)
		latency_json(j, l, outliers);
	if (s->options.histogram)
		histogram_json(j, l);
}

static void outlier_json(struct json *j, const struct outlier *o)
{
	json_begin_object(j);
	json_field_u64(j, "time_ns", o->slow.time_ns);
	json_field_u64(j, "pid", o->slow.pid);
	json_field_u64(j, "tid", o->slow.tid);
	json_field_u64(j, "duration_ns", o->slow.duration_ns);
	json_field_double(j, "sigma", o->sigma, 3);
	json_field_str(j, "layer", o->model ? "app" : "syscall");
	json_key(j, "name");
	if (o->model) {
		const struct bundle_path *where = o->bundle->where;
		json_string(j, o->model->name, o->model->name_len);
		json_field_string(j, "bundle_path", where ? where->path : NULL, o->bundle->path_len);
	} else {
		syscall_name_text(json_begin_string(j), o->nr);
		json_end_string(j);
	}
	json_end_object(j);
}

void stats_outliers_json(struct json *j, const struct run_result *result)
{
	struct outlier outliers[OUTLIERS_MAX];
	uint64_t total;
	if (!result->stats || !result->stats->options.extended)
		return;
	unsigned used = stats_outliers(result, outliers, &total);
	json_field_object(j, "anomalies");
	json_key(j, "threshold_sigma");
	text_printf(json_value(j), "%g", result->stats->options.sigma);
	json_field_u64(j, "total", total);
	json_field_array(j, "farthest");
	for (unsigned i = 0; i < used; i++)
		outlier_json(j, &outliers[i]);
	json_end_array(j);
	json_end_object(j);
}
