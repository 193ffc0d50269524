/* SPDX-License-Identifier: BSD-2-Clause */
#include "loads_json.h"

#include <stdio.h>

#include "load_columns.h"

/* Of a row, or of the others (NULL). */
static void counts_json(struct json *j, const struct load_table *table, const struct load_row *row)
{
	const struct load_counts *counts = row ? &row->counts : &table->others;
	for (unsigned i = 0; i < LOAD_COLUMNS; i++) {
		const struct load_column *column = &load_columns[i];
		uint64_t value;
		bool known = load_value(column, table, row, &value);
		char key[32];
		if (!load_column_is_there(column, table))
			continue;
		snprintf(key, sizeof(key), "%s%s", column->key, column->unit == LOAD_NS ? "_us" : "");
		if (column->unit == LOAD_NS)
			json_field_us(j, key, value, known);
		else if (known)
			json_field_u64(j, key, value);
		else
			json_field_null(j, key);
	}
	if (counts->costed && counts->costed < counts->loads)
		json_field_u64(j, "costs_of", counts->costed);
}

static void row_json(struct json *j, const struct load_table *table, const struct load_row *row)
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
	counts_json(j, table, row);
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
		row_json(j, loads, row);
		out_settle(out);
	}
	if (loads->has_others) {
		json_begin_object(j);
		json_field_null(j, "name");
		json_field_null(j, "path");
		json_field_bool(j, "others", true);
		counts_json(j, loads, NULL);
		json_end_object(j);
	}
	json_end_array(j);
	if (loads->not_inferred)
		json_field_u64(j, "loads_not_inferred", loads->not_inferred);
}
