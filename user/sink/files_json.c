/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_json.h"

#include <stdio.h>

#include "devices_json.h"
#include "file_columns.h"
#include "user/tables/model_rows.h"

static void value_json(struct json *j, const struct file_column *column, const struct file_value *value)
{
	char key[32];
	snprintf(key, sizeof(key), "%s%s", column->key, column->unit == UNIT_NS ? "_us" : "");
	if (!value->known)
		json_field_null(j, key);
	else if (column->unit == UNIT_NS)
		json_field_us(j, key, value->number, true);
	else if (column->unit == UNIT_SHARE)
		json_field_double(j, key, value->share, 6);
	else
		json_field_u64(j, key, value->number);
}

/* How long pages had been gone that came back, by powers of two. */
static void back_json(struct json *j, const struct file_back *back)
{
	uint64_t all = 0;
	for (unsigned i = 0; i < BACK_BUCKETS; i++)
		all += back->bytes[i];
	if (!all)
		return;
	json_field_array(j, "refault_us");
	for (unsigned i = 0; i < BACK_BUCKETS; i++) {
		if (!back->bytes[i])
			continue;
		json_begin_object(j);
		json_field_us(j, "from_us", file_back_from(i), true);
		json_field_us(j, "to_us", file_back_from(i + 1), i + 1 < BACK_BUCKETS);
		json_field_u64(j, "bytes", back->bytes[i]);
		json_end_object(j);
	}
	json_end_array(j);
}

static void numbers_json(struct json *j, const struct file_source *from, const struct file_row *row)
{
	for (unsigned i = 0; i < FILE_COLUMNS; i++) {
		const struct file_value value = file_value(&file_columns[i], from, row);
		value_json(j, &file_columns[i], &value);
	}
	back_json(j, &row->counts.back);
}

static void part_json(struct json *j, const struct file_source *from, const struct file_row *row)
{
	json_begin_object(j);
	json_field_string(j, "name", row->name.data, row->name.len);
	if (row->name.cut)
		json_field_bool(j, "name_cut", true);
	if (row->end) {
		json_field_u64(j, "start", row->start);
		json_field_u64(j, "end", row->end);
	}
	if (row->rest)
		json_field_bool(j, "unnamed", true);
	if (row->unplaced)
		json_field_bool(j, "unplaced", true);
	numbers_json(j, from, row);
	json_end_object(j);
}

/* "parts":[...]; frees the rows. */
static void rows_json(struct json *j, struct out *out, const struct file_source *part, struct file_rows *rows)
{
	json_field_array(j, "parts");
	for (uint32_t i = 0; i < rows->count; i++) {
		part_json(j, part, &rows->rows[i]);
		out_settle(out);
	}
	json_end_array(j);
	j->text->failed |= rows->failed;
	file_rows_free(rows);
}

static void parts_json(
	struct json *j, struct out *out, const struct file_source *from, const struct file_stats *file)
{
	struct file_rows rows = file_rows_of(file, from->table->by, UINT32_MAX);
	const struct file_source part = { .table = from->table, .file = file, .part = true };
	json_field_str(j, "parts_by", file_parts_word(file->format, &rows));
	rows_json(j, out, &part, &rows);
}

static void file_json(
	struct json *j, struct out *out, const struct file_table *table, const struct file_stats *file)
{
	const struct file_source from = { .table = table, .file = file };
	const struct file_row row = file_row_of(file);
	json_begin_object(j);
	json_field_string(j, "path", file->path, file->path_len);
	if (file->path_cut)
		json_field_bool(j, "path_cut", true);
	if (file->names_used > 1)
		json_field_u64(j, "other_names", file->names_used - 1);
	json_field_str(j, "format", file->format);
	if (file->model) {
		json_field_string(j, "model", file->model->path, file->model->path_len);
		json_field_u64(j, "shard", file->shard);
	} else {
		json_field_null(j, "model");
	}
	numbers_json(j, &from, &row);
	if (file->resident_known)
		json_field_u64(j, "resident_bytes", file->resident_bytes);
	if (file->double_known)
		json_field_u64(j, "double_bytes", file->double_bytes);
	if (file->touched.granule)
		json_field_u64(j, "distinct_granule", file->touched.granule);
	parts_json(j, out, &from, file);
	json_end_object(j);
}

static void others_json(struct json *j, const struct file_table *table)
{
	const struct file_source from = { .table = table };
	const struct file_row row = { .counts = table->others, .mapped_known = true, .was_mapped = true };
	json_begin_object(j);
	json_field_null(j, "path");
	json_field_bool(j, "others", true);
	json_field_null(j, "format");
	json_field_null(j, "model");
	numbers_json(j, &from, &row);
	json_field_array(j, "parts");
	json_end_array(j);
	json_end_object(j);
}

/* ---- models that are in several files ---- */

static void model_parts_json(struct json *j, struct out *out, const struct file_source *from)
{
	struct span name = { 0 };
	uint32_t twice;
	struct file_rows rows = model_rows_of(from->model, from->table->by, UINT32_MAX, &twice, &name);
	struct file_source part = *from;
	part.part = true;
	json_field_str(j, "parts_by",
		from->table->by == BY_RANGE ? NULL : file_parts_word(from->model->format, &rows));
	json_field_u64(j, "tensors_in_several", twice);
	if (twice)
		json_field_string(j, "first_in_several", name.data, name.len);
	rows_json(j, out, &part, &rows);
}

static void model_json(
	struct json *j, struct out *out, const struct file_table *table, const struct file_model *model)
{
	const struct file_source from = { .table = table, .model = model };
	const struct file_row row = model_row_of(model);
	json_begin_object(j);
	json_field_string(j, "path", model->path, model->path_len);
	json_field_str(j, "format", model->format);
	json_field_u64(j, "shards_used", model->used);
	if (model->shards)
		json_field_u64(j, "shards", model->shards);
	else
		json_field_null(j, "shards");
	json_field_u64(j, "shards_missing", model->missing);
	if (model->fault)
		json_field_string(j, "fault", model->fault, model->fault_len);
	numbers_json(j, &from, &row);
	model_parts_json(j, out, &from);
	json_end_object(j);
}

static void models_json(struct json *j, struct out *out, const struct file_table *table)
{
	json_field_array(j, "models");
	for (const struct file_model *model = table->models; model; model = model->hh.next)
		if (model->used) {
			model_json(j, out, table, model);
			out_settle(out);
		}
	json_end_array(j);
}

static void not_seen_json(struct json *j, const struct file_facts *facts)
{
	json_field_object(j, "files_not_seen");
	for (unsigned i = 0; i < FILE_FACTS; i++)
		if (facts->unseen[i])
			json_field_str(j, file_fact_key(i), facts->unseen[i]);
	json_end_object(j);
}

void files_json(struct json *j, struct out *out, const struct run_result *result)
{
	struct file_table *table = result->files;
	if (!table)
		return;
	files_table_sort(table);
	json_field_array(j, "files");
	for (const struct file_stats *file = table->files; file; file = file->hh.next) {
		file_json(j, out, table, file);
		out_settle(out);
	}
	if (table->has_others)
		others_json(j, table);
	json_end_array(j);
	models_json(j, out, table);
	not_seen_json(j, &table->facts);
	devices_json(j, table);
}
