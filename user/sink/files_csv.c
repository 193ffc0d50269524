/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_csv.h"

#include <string.h>

#include "pieces.h"
#include "user/tables/model_rows.h"

static bool is_errors(const struct file_column *column)
{
	return strcmp(column->key, "errors") == 0;
}

/* p50_us and p99_us are columns of other records. */
static void name_text(struct text *t, const struct file_column *column)
{
	bool other = column->unit == UNIT_NS && column->key[0] == 'p';
	text_printf(t, "%s%s%s", other ? "call_" : "", column->key, column->unit == UNIT_NS ? "_us" : "");
}

void files_csv_name(struct text *t, unsigned column)
{
	for (unsigned i = 0; i < FILE_COLUMNS; i++)
		if (!is_errors(&file_columns[i]) && column-- == 0)
			name_text(t, &file_columns[i]);
}

void files_csv_header(struct text *t)
{
	for (unsigned i = 0; i < FILES_CSV_COLUMNS; i++) {
		text_char(t, ',');
		files_csv_name(t, i);
	}
}

static void value_cell(struct csv *csv, const struct file_column *column, const struct file_value *value)
{
	if (!value->known) {
		csv_none(csv);
	} else if (column->unit == UNIT_NS) {
		csv_us(csv, value->number);
	} else if (column->unit == UNIT_SHARE) {
		text_printf(&csv->cell, "%.6f", value->share);
		csv_cell(csv);
	} else {
		csv_u64(csv, value->number);
	}
}

static void value_of(
	struct csv *csv, const struct file_source *from, const struct file_row *row, unsigned column)
{
	const struct file_value value = file_value(&file_columns[column], from, row);
	value_cell(csv, &file_columns[column], &value);
}

static unsigned errors_column(void)
{
	unsigned i = 0;
	while (!is_errors(&file_columns[i]))
		i++;
	return i;
}

/* How many columns lie before and behind those of files. */
struct around {
	int between, behind;
};

/* A record up to its name begins it; `of`: the path of the file, of a part; of the model, of a file that is one of several. */
static void record(struct csv *csv, const struct file_source *from, const struct file_row *row,
	struct span of, struct around around)
{
	csv_none(csv); /* calls */
	value_of(csv, from, row, errors_column());
	csv_nones(csv, 3); /* total_us, max_us, pid */
	csv_span(csv, of);
	csv_nones(csv, around.between);
	for (unsigned i = 0; i < FILE_COLUMNS; i++)
		if (!is_errors(&file_columns[i]))
			value_of(csv, from, row, i);
	csv_nones(csv, around.behind);
	csv_end(csv);
}

static struct span path_of(const struct file_stats *file)
{
	return (struct span){ file->path, file->path_len, file->path_cut };
}

static void part_name(struct csv *csv, const struct file_row *row)
{
	struct text *t = &csv->cell;
	if (row->name.data)
		csv_span(csv, row->name);
	else if (row->end)
		text_printf(t, "%llu-%llu", (unsigned long long)row->start, (unsigned long long)row->end);
	else
		text_str(t, row->rest ? "(no name)" : "(no place)");
	if (!row->name.data)
		csv_cell(csv);
}

static void part_records(
	struct out *out, struct csv *csv, const struct file_source *from, struct around around)
{
	struct file_rows rows = file_rows_of(from->file, from->table->by, UINT32_MAX);
	const struct file_source part = { .table = from->table, .file = from->file, .part = true };
	for (uint32_t i = 0; i < rows.count; i++) {
		csv_begin(csv, &out->text);
		csv_str(csv, "part");
		part_name(csv, &rows.rows[i]);
		record(csv, &part, &rows.rows[i], path_of(from->file), around);
		out_settle(out);
	}
	out->text.failed |= rows.failed;
	file_rows_free(&rows);
}

static void others_record(
	struct out *out, struct csv *csv, const struct file_table *table, struct around around)
{
	const struct file_source from = { .table = table };
	const struct file_row row = { .counts = table->others, .mapped_known = true, .was_mapped = true };
	csv_begin(csv, &out->text);
	csv_str(csv, "file");
	csv_str(csv, "(others)");
	record(csv, &from, &row, (struct span){ 0 }, around);
}

/* A model that is in several files. */
static void model_record(
	struct out *out, struct csv *csv, const struct file_source *from, struct around around)
{
	const struct file_model *model = from->model;
	const struct file_row row = model_row_of(model);
	csv_begin(csv, &out->text);
	csv_str(csv, "shards");
	csv_span(csv, (struct span){ model->path, model->path_len, false });
	record(csv, from, &row, (struct span){ 0 }, around);
	out_settle(out);
}

static void model_records(
	struct out *out, struct csv *csv, const struct file_table *table, struct around around)
{
	for (const struct file_model *model = table->models; model; model = model->hh.next) {
		const struct file_source from = { .table = table, .model = model };
		if (model->used)
			model_record(out, csv, &from, around);
	}
}

static struct span model_of(const struct file_stats *file)
{
	const struct file_model *model = file->model;
	return model ? (struct span){ model->path, model->path_len, false } : (struct span){ 0 };
}

void files_csv(struct out *out, struct csv *csv, const struct run_result *result, int between, int behind)
{
	struct file_table *table = result->files;
	const struct around around = { between, behind };
	if (!table)
		return;
	files_table_sort(table);
	model_records(out, csv, table, around);
	for (const struct file_stats *file = table->files; file; file = file->hh.next) {
		const struct file_source from = { .table = table, .file = file };
		const struct file_row row = file_row_of(file);
		csv_begin(csv, &out->text);
		csv_str(csv, "file");
		csv_span(csv, path_of(file));
		record(csv, &from, &row, model_of(file), around);
		part_records(out, csv, &from, around);
	}
	if (table->has_others)
		others_record(out, csv, table, around);
}
