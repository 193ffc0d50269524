/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_text.h"

#include <stdlib.h>
#include <string.h>

#include "files_notes.h"
#include "devices_text.h"
#include "files_parts_text.h"
#include "files_view.h"
#include "measure_text.h"
#include "user/base/units.h"
#include "user/tables/model_rows.h"

enum {
	FILES_SHOWN = 10,          /* files, and models that are in several */
	FILES_ALWAYS = 3,          /* further ones have one percent of all time or bytes */
	SHARDS_SHOWN = 8,          /* of a model */
	UNTOUCHED_BYTES = 1 << 20, /* less than this is read-ahead at the ends */
	LINES_MAX = FILES_SHOWN * (1 + SHARDS_SHOWN) + 1,
};

/* Of all files together. */
struct whole {
	uint64_t ns, bytes;
};

/* The rows that are shown. */
struct shown {
	const struct file_table *table;
	struct whole all;
	struct files_line lines[LINES_MAX];
	struct file_row rows[LINES_MAX];
	unsigned count, files; /* of rows; files among them */
};

static struct whole whole_of(const struct file_table *table)
{
	const struct file_sums *others = &table->others.sums;
	struct whole all = { file_sums_time(others), file_sums_bytes(others) };
	for (const struct file_stats *f = table->files; f; f = f->hh.next) {
		all.ns += file_sums_time(&f->counts.sums);
		all.bytes += file_sums_bytes(&f->counts.sums);
	}
	return all;
}

static bool matters(const struct file_sums *sums, const struct whole *all)
{
	return file_sums_time(sums) > all->ns / 100 || file_sums_bytes(sums) > all->bytes / 100;
}

/* ---- the rows ---- */

static void add_line(struct shown *s, struct file_row row, struct file_source from)
{
	s->rows[s->count] = row;
	s->lines[s->count] = (struct files_line){ from, &s->rows[s->count] };
	s->count++;
}

static void add_file(struct shown *s, const struct file_stats *file)
{
	add_line(s, file_row_of(file), (struct file_source){ .table = s->table, .file = file });
	s->files++;
}

/* The model, then its files: as the files are, those that took most time first. */
static void add_model(struct shown *s, const struct file_model *model)
{
	unsigned shards = 0;
	add_line(s, model_row_of(model), (struct file_source){ .table = s->table, .model = model });
	for (const struct file_stats *f = model->files; f && shards < SHARDS_SHOWN; f = f->next_shard) {
		add_file(s, f);
		shards++;
	}
}

static bool is_earlier(const struct file_sums *a, const struct file_sums *b)
{
	uint64_t x = file_sums_time(a), y = file_sums_time(b);
	return x != y ? x > y : file_sums_bytes(a) >= file_sums_bytes(b);
}

/* The next file from here that is not shown with its model. */
static const struct file_stats *alone(const struct file_stats *file)
{
	while (file && file_model_shown(file))
		file = file->hh.next;
	return file;
}

static const struct file_model *grouped(const struct file_model *model)
{
	while (model && (!model->shards || !model->used))
		model = model->hh.next;
	return model;
}

/* Chooses the rows: models and other files, both in order of time. */
static void choose(struct shown *s)
{
	const struct file_stats *file = alone(s->table->files);
	const struct file_model *model = grouped(s->table->models);
	for (unsigned count = 0; (file || model) && count < FILES_SHOWN;) {
		bool is_model = model && (!file || is_earlier(&model->counts.sums, &file->counts.sums));
		if (count < FILES_ALWAYS ||
			matters(is_model ? &model->counts.sums : &file->counts.sums, &s->all)) {
			count++;
			if (is_model)
				add_model(s, model);
			else
				add_file(s, file);
		}
		if (is_model)
			model = grouped(model->hh.next);
		else
			file = alone(file->hh.next);
	}
	if (s->table->has_others) {
		const struct file_row row = {
			.counts = s->table->others, .mapped_known = true, .was_mapped = true
		};
		add_line(s, row, (struct file_source){ .table = s->table });
	}
}

/* ---- their names ---- */

static void model_cell(struct files_view *v, const struct file_table *table, const struct file_model *model)
{
	struct text name = { 0 };
	text_add(&name, model->path, model->path_len);
	files_model_shards(&name, table, model);
	files_view_name(v, (struct span){ name.data, (uint32_t)name.len, false }, 0);
	v->table.failed |= name.failed;
	text_free(&name);
}

/* The length of the folder's name, with its slash. */
static uint32_t folder_len(const char *path, uint32_t len)
{
	const char *slash = len ? memrchr(path, '/', len) : NULL;
	return slash ? (uint32_t)(slash - path) + 1 : 0;
}

/* A file in the model's folder is called by its name there. */
static struct span name_in_model(const struct file_stats *file)
{
	const struct file_model *model = file->model;
	uint32_t folder = folder_len(file->path, file->path_len);
	if (folder != folder_len(model->path, model->path_len) ||
		memcmp(file->path, model->path, folder) != 0)
		folder = 0;
	return (struct span){ file->path + folder, file->path_len - folder, file->path_cut };
}

static void name_cell(struct files_view *v, const struct file_source *from)
{
	const struct file_stats *file = from->file;
	unsigned indent = file && file_model_shown(file) ? 2 : 0;
	if (from->model)
		model_cell(v, from->table, from->model);
	else if (file && file->path)
		files_view_name(v,
			indent ? name_in_model(file)
			       : (struct span){ file->path, file->path_len, file->path_cut },
			indent);
	else
		table_str(&v->table, file ? "?" : "(others)");
}

/* ---- what is to be said of them ---- */

/* What "-" stands for: facts that were not observed, those with the same reason together. */
static void not_seen_text(struct text *t, const struct file_facts *facts)
{
	for (unsigned i = 0; i < FILE_FACTS; i++) {
		const char *why = facts->unseen[i];
		bool said = !why || file_fact_optional(i);
		for (unsigned j = 0; j < i && !said; j++)
			said = facts->unseen[j] && strcmp(facts->unseen[j], why) == 0;
		if (said)
			continue;
		text_printf(t, "not observed: %s", file_fact_word(i));
		for (unsigned j = i + 1; j < FILE_FACTS; j++)
			if (facts->unseen[j] && strcmp(facts->unseen[j], why) == 0)
				text_printf(t, ", %s", file_fact_word(j));
		text_printf(t, " (%s)\n", why);
	}
}

/* What is wrong with models that are in several files. */
static void models_text(struct text *t, const struct file_table *table)
{
	for (const struct file_model *model = table->models; model; model = model->hh.next) {
		if (model->used && model->missing) {
			text_escaped(t, model->path, model->path_len);
			text_printf(t, ": %u of its %u files %s not there\n", model->missing, model->shards,
				model->missing == 1 ? "is" : "are");
		}
		if (model->used && model->fault) {
			text_escaped(t, model->path, model->path_len);
			text_str(t, ": ");
			text_escaped(t, model->fault, model->fault_len);
			text_char(t, '\n');
		}
	}
}

/* Faults that map a huge page at once are not seen: then more came from storage than was seen to be touched. */
static void untouched_text(struct text *t, const struct files_line *line)
{
	const struct file_row *row = line->row;
	const struct file_stats *file = line->from.file;
	const struct file_model *model = line->from.model;
	uint64_t storage = file_row_storage(row);
	bool below = file && file_model_shown(file); /* its model has the sum */
	if ((!model && (!file || below)) || !row->distinct_known || !row->counts.sums.maps ||
		storage < row->distinct_bytes + UNTOUCHED_BYTES)
		return;
	text_escaped(t, model ? model->path : file->path, model ? model->path_len : file->path_len);
	text_str(t, ": ");
	unit_bytes(t, storage - row->distinct_bytes);
	text_str(t,
		" that came from storage were not seen to be touched (read ahead, or mapped as huge pages: those faults are not seen)\n");
}

/* What the tables say, in words. */
static void notes(struct text *t, const struct shown *s, const struct run_result *result)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->lines[i].from.file)
			files_note_back(t, s->lines[i].from.file, s->lines[i].row, result);
	for (unsigned i = 0; i < s->count; i++)
		if (s->lines[i].from.file)
			files_note_resident(t, s->lines[i].from.file);
}

static void flows(struct out *out, const struct shown *s)
{
	const struct file_stats *files[LINES_MAX];
	unsigned used = 0;
	for (unsigned i = 0; i < s->count; i++)
		if (s->lines[i].from.file)
			files[used++] = s->lines[i].from.file;
	if (used)
		files_note_flow(&out->text, s->table, files, used, files_view_terminal(out));
}

void files_text(struct out *out, const struct run_result *result)
{
	struct file_table *table = result->files;
	struct files_view v = { .out = out };
	if (table && !table->files && !table->has_others) {
		devices_text(out, &table->devices);
		measure_text(&out->text, table);
	}
	if (!table || (!table->files && !table->has_others))
		return;
	struct shown *s = calloc(1, sizeof(*s));
	out->text.failed |= !s;
	if (!s)
		return;
	files_table_sort(table);
	s->table = table;
	s->all = whole_of(table);
	choose(s);
	unsigned left = HASH_COUNT(table->files) - s->files;
	text_char(&out->text, '\n');
	files_view_columns(&v, s->lines, s->count);
	files_view_begin(&v, "file");
	for (unsigned i = 0; i < s->count; i++) {
		files_view_numbers(&v, &s->lines[i]);
		name_cell(&v, &s->lines[i].from);
	}
	table_end(&v.table, &out->text);
	if (left)
		text_printf(&out->text, "... and %u more files (all in --format json)\n", left);
	models_text(&out->text, table);
	not_seen_text(&out->text, &table->facts);
	for (unsigned i = 0; i < s->count; i++)
		untouched_text(&out->text, &s->lines[i]);
	notes(&out->text, s, result);
	files_parts_text(out, s->lines, s->count, s->all.ns);
	flows(out, s);
	devices_text(out, &table->devices);
	measure_text(&out->text, table);
	free(s);
}
