/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_parts_text.h"

#include <stdlib.h>

#include "user/tables/model_rows.h"

enum {
	PARTS_SHOWN = 20,
	FILES_WITH_PARTS = 3,
	RANGES_OF_BYTES = 1 << 20, /* of a file without names: it has so many bytes in use ... */
	RANGES_OF_SHARE = 10,      /* ... and took this part of all files' time, in percent */
};

/* An offset that is a multiple of 64 KiB: 128K, 3M. */
static void offset_text(struct text *t, uint64_t offset)
{
	bool whole = offset % (1 << 20) == 0 && offset;
	text_u64(t, whole ? offset >> 20 : offset >> 10);
	text_str(t, whole ? "M" : offset ? "K" : "");
}

static void part_cell(struct files_view *v, const struct file_row *row)
{
	struct text *t = &v->table.cells;
	if (row->name.data) {
		files_view_name(v, row->name, 0);
	} else if (row->end) {
		offset_text(t, row->start);
		text_char(t, '-');
		offset_text(t, row->end);
		table_cell(&v->table);
	} else {
		table_str(&v->table, row->rest ? "(no name)" : "(no place)");
	}
}

static void parts_table(struct out *out, const struct file_source *from, struct file_rows *rows)
{
	struct files_view v = { .out = out };
	struct files_line *lines = calloc(rows->count, sizeof(*lines));
	uint32_t shown = rows->count < PARTS_SHOWN ? rows->count : PARTS_SHOWN;
	struct file_source part = *from;
	part.part = true;
	out->text.failed |= !lines;
	if (rows->by != BY_RANGE || shown < rows->count)
		file_rows_sort(rows);
	for (uint32_t i = 0; lines && i < rows->count; i++)
		lines[i] = (struct files_line){ part, &rows->rows[i] };
	if (lines) {
		files_view_columns(&v, lines, shown);
		files_view_begin(
			&v, file_parts_word(from->model ? from->model->format : from->file->format, rows));
		for (uint32_t i = 0; i < shown; i++) {
			files_view_numbers(&v, &lines[i]);
			part_cell(&v, lines[i].row);
		}
		table_end(&v.table, &out->text);
	}
	free(lines);
	if (shown < rows->count)
		text_printf(&out->text, "... and %u more (all in --format json)\n", rows->count - shown);
}

/* Ranges of a file without names are shown if it matters, or they were asked for. */
static bool shows_parts(const struct file_source *file, const struct file_rows *rows, uint64_t all_ns)
{
	const struct file_sums *sums = &file->file->counts.sums;
	if (rows->count < 2 || rows->by != BY_RANGE)
		return rows->count > 0 && rows->by != BY_RANGE;
	return file->table->by == BY_RANGE || (file_sums_bytes(sums) >= RANGES_OF_BYTES &&
						      file_sums_time(sums) * 100 >= all_ns * RANGES_OF_SHARE);
}

static bool parts_of_file(struct out *out, const struct file_source *file, uint64_t all_ns)
{
	struct file_rows rows = file_rows_of(file->file, file->table->by, PARTS_SHOWN);
	bool shown = shows_parts(file, &rows, all_ns);
	if (shown) {
		text_char(&out->text, '\n');
		text_escaped(&out->text, file->file->path, file->file->path_len);
		if (file->file->format)
			text_printf(&out->text, " (%s)", file->file->format);
		text_char(&out->text, '\n');
		parts_table(out, file, &rows);
	}
	out->text.failed |= rows.failed;
	file_rows_free(&rows);
	return shown;
}

void files_model_shards(struct text *t, const struct file_table *table, const struct file_model *model)
{
	text_str(t, " (");
	if (model->used < model->shards)
		text_printf(t, "%u %sof ", model->used, table->has_others ? "or more " : "");
	text_printf(t, "%u shards)", model->shards);
}

static void twice_text(struct text *t, uint32_t twice, struct span name)
{
	if (!twice)
		return;
	text_char(t, '\'');
	text_escaped(t, name.data, name.len);
	text_char(t, '\'');
	if (twice > 1)
		text_printf(t, " and %u more tensors are", twice - 1);
	else
		text_str(t, " is");
	text_str(t, " in more than one of its files\n");
}

static bool parts_of_model(struct out *out, const struct file_source *from)
{
	const struct file_model *model = from->model;
	struct span name = { 0 };
	uint32_t twice;
	struct file_rows rows = model_rows_of(model, from->table->by, PARTS_SHOWN, &twice, &name);
	bool shown = rows.count > 0;
	if (shown) {
		text_char(&out->text, '\n');
		text_escaped(&out->text, model->path, model->path_len);
		files_model_shards(&out->text, from->table, model);
		if (model->format)
			text_printf(&out->text, " (%s)", model->format);
		text_char(&out->text, '\n');
		parts_table(out, from, &rows);
		twice_text(&out->text, twice, name);
	}
	out->text.failed |= rows.failed;
	file_rows_free(&rows);
	return shown;
}

void files_parts_text(struct out *out, const struct files_line *lines, unsigned count, uint64_t all_ns)
{
	unsigned shown = 0;
	for (unsigned i = 0; i < count && shown < FILES_WITH_PARTS; i++) {
		const struct file_source *from = &lines[i].from;
		if (from->model)
			shown += parts_of_model(out, from);
		else if (from->file && (from->table->by == BY_RANGE || !file_model_shown(from->file)))
			shown += parts_of_file(out, from, all_ns);
	}
}
