/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of loads stand in the columns that have them of bundles (`reloads`, `load_p50_us`) and of files (`call_us`). */
#include "loads_csv.h"

#include "columns.h"
#include "files_csv.h"
#include "load_columns.h"
#include "pieces.h"

void loads_csv_header(struct text *t)
{
	text_str(t, ",inferred");
}

static void value_of(
	struct csv *csv, const struct load_table *table, const struct load_row *row, const char *name)
{
	const struct load_column *column = load_column_of_csv(name);
	uint64_t value;
	if (!column || !load_value(column, table, row, &value))
		csv_none(csv);
	else if (column->unit == LOAD_NS)
		csv_us(csv, value);
	else
		csv_u64(csv, value);
}

static void file_cells(struct csv *csv, const struct load_table *table, const struct load_row *row)
{
	struct text name = { 0 };
	for (unsigned i = 0; i < FILES_CSV_COLUMNS; i++) {
		text_clear(&name);
		files_csv_name(&name, i);
		text_char(&name, '\0');
		if (name.failed)
			csv_none(csv);
		else
			value_of(csv, table, row, name.data);
	}
	csv->cell.failed |= name.failed;
	text_free(&name);
}

/* A record but its last cell. `row` NULL: the others. */
static void record(struct csv *csv, const struct load_table *table, const struct load_row *row,
	struct span path, int between)
{
	csv_nones(csv, 2); /* calls, errors */
	value_of(csv, table, row, "total_us");
	value_of(csv, table, row, "max_us");
	csv_none(csv); /* pid */
	csv_span(csv, path);
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		value_of(csv, table, row, count_columns[i].name);
	csv_none(csv); /* hit_rate */
	value_of(csv, table, row, "load_p50_us");
	value_of(csv, table, row, "load_p99_us");
	csv_nones(csv, between);
	file_cells(csv, table, row);
}

void loads_csv(struct out *out, struct csv *csv, const struct run_result *result, int between)
{
	struct load_table *table = result->loads;
	if (!table)
		return;
	load_table_sort(table);
	for (const struct load_row *row = table->rows; row; row = row->hh.next) {
		csv_begin(csv, &out->text);
		csv_str(csv, "load");
		csv_span(csv, load_row_name(row));
		record(csv, table, row, load_row_path(row), between);
		csv_str(csv, row->inferred ? "true" : "false");
		csv_end(csv);
		out_settle(out);
	}
	if (!table->has_others)
		return;
	csv_begin(csv, &out->text);
	csv_str(csv, "load");
	csv_str(csv, "(others)");
	record(csv, table, NULL, (struct span){ 0 }, between);
	csv_none(csv);
	csv_end(csv);
}
