/* SPDX-License-Identifier: BSD-2-Clause */
#include "loads_json.h"

#include "user/tables/load_table.h"

static void counts_json(struct json *j, const struct load_counts *c)
{
	json_field_u64(j, "loads", c->loads);
	json_field_u64(j, "reloads", c->reloads);
	json_field_u64(j, "bytes", c->bytes);
	json_field_u64(j, "storage_bytes", c->costs.storage_bytes);
	json_field_us(j, "total_us", c->total_ns, true);
	json_field_us(j, "p50_us", latency_percentile(&c->took, 50), true);
	json_field_us(j, "p99_us", latency_percentile(&c->took, 99), true);
	json_field_us(j, "max_us", c->took.max, true);
	json_field_us(j, "call_us", c->costs.call_ns, true);
	json_field_us(j, "fault_us", c->costs.fault_ns, true);
	json_field_us(j, "disk_us", c->costs.disk_ns, true);
	json_field_us(j, "rest_us", load_counts_rest(c), true);
	json_field_u64(j, "read_calls", c->costs.calls);
	json_field_u64(j, "read_bytes", c->costs.call_bytes);
	json_field_u64(j, "uring_calls", c->costs.requests);
	json_field_u64(j, "uring_bytes", c->costs.request_bytes);
	json_field_u64(j, "faults", c->costs.faults);
	json_field_u64(j, "major_faults", c->costs.major_faults);
}

static void row_json(struct json *j, const struct load_row *row)
{
	struct span name = load_row_name(row), path = load_row_path(row);
	json_begin_object(j);
	json_field_string(j, "name", name.data, name.len);
	if (name.cut)
		json_field_bool(j, "name_cut", true);
	json_field_string(j, "path", path.data, path.len);
	if (path.cut)
		json_field_bool(j, "path_cut", true);
	json_field_bool(j, "inferred", row->inferred);
	counts_json(j, &row->counts);
	if (row->counts.gone_ns)
		json_field_us(j, "gone_us", row->counts.gone_ns, true);
	json_end_object(j);
}

void loads_json(struct json *j, struct out *out, const struct run_result *result)
{
	struct load_table *loads = result->loads;
	if (!loads)
		return;
	load_table_sort(loads);
	json_field_array(j, "loads");
	for (const struct load_row *row = loads->rows; row; row = row->hh.next) {
		row_json(j, row);
		out_settle(out);
	}
	if (loads->has_others) {
		json_begin_object(j);
		json_field_null(j, "name");
		json_field_null(j, "path");
		json_field_bool(j, "inferred", false);
		json_field_bool(j, "others", true);
		counts_json(j, &loads->others);
		json_end_object(j);
	}
	json_end_array(j);
	if (loads->not_inferred)
		json_field_u64(j, "loads_not_inferred", loads->not_inferred);
}
