/* SPDX-License-Identifier: BSD-2-Clause */
#include "batch_parts.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/table.h"
#include "user/base/units.h"
#include "part_text.h"

enum { PARTS_SHOWN = 40 };

/* --- text --- */

/* Those that came back, then those that changed, in the last interval. */
static int by_trouble(const void *a, const void *b)
{
	const struct file_part *x = *(const struct file_part *const *)a;
	const struct file_part *y = *(const struct file_part *const *)b;
	const uint64_t of_x[] = { x->last.back, x->last.came + x->last.went, x->total.back, x->total.went };
	const uint64_t of_y[] = { y->last.back, y->last.came + y->last.went, y->total.back, y->total.went };
	for (int i = 0; i < 4; i++)
		if (of_x[i] != of_y[i])
			return of_x[i] < of_y[i] ? 1 : -1;
	return (x > y) - (x < y);
}

/* In the order of the file, which is that of the list. */
static int by_place(const void *a, const void *b)
{
	const struct file_part *x = *(const struct file_part *const *)a;
	const struct file_part *y = *(const struct file_part *const *)b;
	return (x > y) - (x < y);
}

static void part_row(struct table *table, const struct file_part *part)
{
	const uint64_t bytes[] = { part->size, part->present, part->last.came, part->last.went,
		part->last.back };
	const uint64_t totals[] = { part->total.went, part->total.back };
	bool looked = part->looked == part->size;
	table_str(table, part_state_word(part_state(part)));
	for (int i = 0; i < 5; i++) {
		if (i < 2 || looked)
			unit_bytes(&table->cells, bytes[i]);
		else
			text_char(&table->cells, '-');
		table_cell(table);
	}
	table_u64(table, part->total.reloads);
	for (int i = 0; i < 2; i++) {
		unit_bytes(&table->cells, totals[i]);
		table_cell(table);
	}
	text_escaped(&table->cells, part->name, strlen(part->name));
	table_cell(table);
}

static void part_table(struct text *t, const struct part_list *list, enum parts_of of)
{
	const struct table_column columns[] = { { "state", 8, true }, { "size", 5, false },
		{ "in cache", 0, false }, { "came", 5, false }, { "went", 5, false }, { "back", 5, false },
		{ "reloads", 0, false }, { "all went", 0, false }, { "all back", 0, false },
		{ parts_word(of, 1), 0, true } };
	const struct file_part **rows = calloc(list->count + 1, sizeof(*rows));
	if (!rows) {
		t->failed = true;
		return;
	}
	for (uint32_t i = 0; i < list->count; i++)
		rows[i] = &list->parts[i];
	uint32_t shown = list->count < PARTS_SHOWN ? list->count : PARTS_SHOWN;
	if (shown < list->count)
		qsort(rows, list->count, sizeof(*rows), by_trouble);
	qsort(rows, shown, sizeof(*rows), by_place);
	struct table table;
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (uint32_t i = 0; i < shown; i++)
		part_row(&table, rows[i]);
	table_end(&table, t);
	if (shown < list->count)
		text_printf(
			t, "... and %u %s more\n", list->count - shown, parts_word(of, list->count - shown));
	free(rows);
}

/* 1234 /models/m.gguf: 8 layers, inferred from the page cache: ... */
static void file_text(struct text *t, const struct watch *watch, const struct part_file *file)
{
	text_printf(t, "\n%u ", file->key.pid);
	text_escaped(t, file->path ? file->path : "?", strlen(file->path ? file->path : "?"));
	text_str(t, ": ");
	part_summary(t, file, watch->parts.of);
	text_char(t, '\n');
	if (!file->why)
		part_table(t, file->list, watch->parts.of);
}

void batch_parts_text(struct text *t, const struct watch *watch)
{
	for (const struct part_file *file = watch->parts.files; file; file = file->hh.next)
		if (file->used)
			file_text(t, watch, file);
}

/* --- JSON --- */

static void counts(struct json *j, const char *name, const struct part_counts *c)
{
	json_field_object(j, name);
	json_field_u64(j, "came_bytes", c->came);
	json_field_u64(j, "went_bytes", c->went);
	json_field_u64(j, "back_bytes", c->back);
	json_field_u64(j, "reloads", c->reloads);
	json_end_object(j);
}

static void part_json(struct json *j, const struct file_part *part)
{
	enum part_state state = part_state(part);
	json_begin_object(j);
	json_field_str(j, "part", part->name);
	json_field_u64(j, "offset", part->start);
	json_field_u64(j, "size", part->size);
	json_field_u64(j, "tensors", part->tensors);
	json_field_str(j, "state", state == PART_UNKNOWN ? NULL : part_state_word(state));
	json_field_u64(j, "cached_bytes", part->present);
	json_field_u64(j, "looked_bytes", part->looked);
	counts(j, "total", &part->total);
	counts(j, "interval", &part->last);
	json_end_object(j);
}

static void parts_json(struct json *j, const struct part_file *file)
{
	if (file->why) {
		json_field_null(j, "parts");
		return;
	}
	json_field_u64(j, "parts_since_ns", file->since_ns);
	json_field_u64(j, "parts_looked_ns", file->looked_ns);
	json_field_bool(j, "parts_partial", !file->whole);
	json_field_array(j, "parts");
	for (uint32_t i = 0; i < file->list->count; i++)
		part_json(j, &file->list->parts[i]);
	json_end_array(j);
}

void batch_parts_json(struct json *j, const struct watch *watch, const struct model_file *of)
{
	const struct part_file *file = part_watch_find(&watch->parts, of);
	if (!watch->options->parts)
		return;
	if (file && file->key.pid != of->key.pid) {
		json_field_u64(j, "parts_pid", file->key.pid);
		return;
	}
	json_field_str(j, "parts_by", parts_word(watch->parts.of, 1));
	json_field_bool(j, "inferred", true);
	if (!file)
		json_field_null(j, "parts");
	else
		parts_json(j, file);
	if (!file || file->why)
		json_field_str(j, "parts_unknown", file ? file->why : "there is no memory for them");
}
