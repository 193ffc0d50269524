/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file_columns.h"
#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"

enum {
	FILES_SHOWN = 10,
	FILES_ALWAYS = 3, /* further ones have one percent of all time or bytes */
	PARTS_SHOWN = 20,
	FILES_WITH_PARTS = 3,
	RANGES_OF_BYTES = 1 << 20, /* of a file without names: it has so many bytes in use ... */
	RANGES_OF_SHARE = 10,      /* ... and took this part of all files' time, in percent */
	NUMBER_WIDTH = 7,
	UNTOUCHED_BYTES = 1 << 20, /* less than this is read-ahead at the ends */
	NAME_WIDTH = 24,           /* the least, where columns can make room */
};

/* A table on its way: the columns that it has, and its rows. */
struct view {
	struct out *out;
	const struct file_column *columns[FILE_COLUMNS];
	unsigned count;
	unsigned name_width; /* 0: any */
	struct table table;
	struct table_column heads[FILE_COLUMNS + 1];
};

/* What a row shows. */
struct line {
	struct file_source from;
	const struct file_row *row;
};

/* ---- columns ---- */

static unsigned terminal_width(const struct out *out)
{
	struct winsize size = { 0 };
	return isatty(out->fd) && ioctl(out->fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static unsigned width_of(const struct file_column *column)
{
	unsigned title = (unsigned)strlen(column->title);
	return (title > NUMBER_WIDTH ? title : NUMBER_WIDTH) + 1;
}

/* A column in which no row has anything is left out. */
static bool is_used(const struct file_column *column, const struct line *lines, unsigned count)
{
	if (!column->title || (column->whole && lines[0].from.part))
		return false;
	for (unsigned i = 0; i < count && !column->always; i++) {
		const struct file_value value = file_value(column, &lines[i].from, lines[i].row);
		if (value.known && value.number)
			return true;
	}
	return column->always;
}

/* Leaves out the column of the highest rank. False: none can go. */
static bool drop_column(struct view *v)
{
	unsigned most = 0;
	for (unsigned i = 1; i < v->count; i++)
		if (v->columns[i]->rank > v->columns[most]->rank)
			most = i;
	if (v->count == 0 || v->columns[most]->rank == 0)
		return false;
	memmove(&v->columns[most], &v->columns[most + 1], (v->count - most - 1) * sizeof(v->columns[0]));
	v->count--;
	return true;
}

static unsigned columns_width(const struct view *v)
{
	unsigned width = 0;
	for (unsigned i = 0; i < v->count; i++)
		width += width_of(v->columns[i]);
	return width;
}

static void choose_columns(struct view *v, const struct line *lines, unsigned count)
{
	unsigned width = terminal_width(v->out);
	for (unsigned i = 0; i < FILE_COLUMNS; i++)
		if (is_used(&file_columns[i], lines, count))
			v->columns[v->count++] = &file_columns[i];
	while (width && columns_width(v) + NAME_WIDTH > width && drop_column(v))
		;
	unsigned used = columns_width(v);
	v->name_width = !width ? 0 : width > used + NAME_WIDTH ? width - used : NAME_WIDTH;
}

static void begin(struct view *v, const char *last)
{
	for (unsigned i = 0; i < v->count; i++)
		v->heads[i] = (struct table_column){ v->columns[i]->title, NUMBER_WIDTH, false };
	v->heads[v->count] = (struct table_column){ last, 16, true };
	table_begin(&v->table, v->heads, v->count + 1);
	table_rule(&v->table);
}

/* ---- cells ---- */

static void number_cell(struct table *t, const struct file_column *column, const struct file_value *value)
{
	if (!value->known)
		text_char(&t->cells, '-');
	else if (column->unit == UNIT_NS)
		duration_digits(&t->cells, (double)value->number);
	else if (column->unit == UNIT_BYTES)
		unit_bytes(&t->cells, value->number);
	else if (column->unit == UNIT_SHARE)
		text_printf(&t->cells, "%.1f", value->share * 100);
	else
		text_u64(&t->cells, value->number);
	table_cell(t);
}

/* A name that is too long for its column loses its beginning: the end of a path says more. */
static void name_cell(struct view *v, struct span name)
{
	struct text t = { 0 };
	text_escaped(&t, name.data, name.len);
	if (name.cut)
		text_str(&t, "...");
	size_t from = v->name_width && t.len > v->name_width ? t.len - v->name_width + 3 : 0;
	while (from && from < t.len && (t.data[from] & 0xc0) == 0x80)
		from++;
	if (from)
		text_str(&v->table.cells, "...");
	if (t.len > from)
		text_add(&v->table.cells, t.data + from, t.len - from);
	v->table.failed |= t.failed;
	text_free(&t);
	table_cell(&v->table);
}

static void number_cells(struct view *v, const struct line *line)
{
	for (unsigned i = 0; i < v->count; i++) {
		const struct file_value value = file_value(v->columns[i], &line->from, line->row);
		number_cell(&v->table, v->columns[i], &value);
	}
}

static void word_cell(struct view *v, const char *word)
{
	table_str(&v->table, word);
}

/* ---- parts ---- */

/* An offset that is a multiple of 64 KiB: 128K, 3M. */
static void offset_text(struct text *t, uint64_t offset)
{
	bool whole = offset % (1 << 20) == 0 && offset;
	text_u64(t, whole ? offset >> 20 : offset >> 10);
	text_str(t, whole ? "M" : offset ? "K" : "");
}

static void part_cell(struct view *v, const struct file_row *row)
{
	struct text *t = &v->table.cells;
	if (row->name.data) {
		name_cell(v, row->name);
	} else if (row->end) {
		offset_text(t, row->start);
		text_char(t, '-');
		offset_text(t, row->end);
		table_cell(&v->table);
	} else {
		word_cell(v, row->rest ? "(no name)" : "(no place)");
	}
}

static void parts_table(struct out *out, const struct file_source *file, struct file_rows *rows)
{
	struct view v = { .out = out };
	struct line *lines = calloc(rows->count, sizeof(*lines));
	uint32_t shown = rows->count < PARTS_SHOWN ? rows->count : PARTS_SHOWN;
	out->text.failed |= !lines;
	if (rows->by != BY_RANGE || shown < rows->count)
		file_rows_sort(rows);
	for (uint32_t i = 0; lines && i < rows->count; i++)
		lines[i] = (struct line){ { file->table, file->file, true }, &rows->rows[i] };
	if (lines) {
		choose_columns(&v, lines, shown);
		begin(&v, file_parts_word(file->file, rows));
		for (uint32_t i = 0; i < shown; i++) {
			number_cells(&v, &lines[i]);
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

static bool parts_of(struct out *out, const struct file_source *file, uint64_t all_ns)
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
	file_rows_free(&rows);
	return shown;
}

/* ---- files ---- */

static void file_cell(struct view *v, const struct file_stats *file)
{
	if (file && file->path)
		name_cell(v, (struct span){ file->path, file->path_len, file->path_cut });
	else
		word_cell(v, file ? "?" : "(others)");
}

/* Of all files together. */
struct whole {
	uint64_t ns, bytes;
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

static bool matters(const struct file_stats *file, const struct whole *all)
{
	const struct file_sums *sums = &file->counts.sums;
	return file_sums_time(sums) > all->ns / 100 || file_sums_bytes(sums) > all->bytes / 100;
}

/* Fills in the rows to show and returns their number. */
static unsigned file_lines(const struct file_table *table, const struct whole *all,
	struct line lines[FILES_SHOWN + 1], struct file_row rows[FILES_SHOWN + 1])
{
	unsigned count = 0;
	for (const struct file_stats *f = table->files; f && count < FILES_SHOWN; f = f->hh.next) {
		if (count >= FILES_ALWAYS && !matters(f, all))
			continue;
		rows[count] = file_row_of(f);
		lines[count] = (struct line){ { table, f, false }, &rows[count] };
		count++;
	}
	if (table->has_others) {
		rows[count] = (struct file_row){ .counts = table->others, .mapped_known = true };
		lines[count] = (struct line){ { table, NULL, false }, &rows[count] };
		count++;
	}
	return count;
}

/* What "-" stands for: facts that were not observed, those with the same reason together. */
static void not_seen_text(struct text *t, const struct file_facts *facts)
{
	for (unsigned i = 0; i < FILE_FACTS; i++) {
		const char *why = facts->unseen[i];
		bool said = !why;
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

/* Faults that map a huge page at once are not seen: then more came from storage than was seen to be touched. */
static void untouched_text(struct text *t, const struct line *line)
{
	const struct file_row *row = line->row;
	uint64_t storage = file_row_storage(row);
	if (!line->from.file || !line->row->distinct_known || !row->counts.sums.maps ||
		storage < row->distinct_bytes + UNTOUCHED_BYTES)
		return;
	text_escaped(t, line->from.file->path, line->from.file->path_len);
	text_str(t, ": ");
	unit_bytes(t, storage - row->distinct_bytes);
	text_str(t,
		" that came from storage were not seen to be touched (read ahead, or mapped as huge pages: those faults are not seen)\n");
}

static void parts_tables(struct out *out, const struct line *lines, unsigned count, uint64_t all_ns)
{
	unsigned shown = 0;
	for (unsigned i = 0; i < count && shown < FILES_WITH_PARTS; i++)
		if (lines[i].from.file)
			shown += parts_of(out, &lines[i].from, all_ns);
}

void files_text(struct out *out, const struct run_result *result)
{
	struct file_table *table = result->files;
	struct file_row rows[FILES_SHOWN + 1];
	struct line lines[FILES_SHOWN + 1];
	struct view v = { .out = out };
	if (!table || (!table->files && !table->has_others))
		return;
	files_table_sort(table);
	const struct whole all = whole_of(table);
	unsigned count = file_lines(table, &all, lines, rows),
		 left = HASH_COUNT(table->files) + table->has_others - count;
	text_char(&out->text, '\n');
	choose_columns(&v, lines, count);
	begin(&v, "file");
	for (unsigned i = 0; i < count; i++) {
		number_cells(&v, &lines[i]);
		file_cell(&v, lines[i].from.file);
	}
	table_end(&v.table, &out->text);
	if (left)
		text_printf(&out->text, "... and %u more files (all in --format json)\n", left);
	not_seen_text(&out->text, &table->facts);
	for (unsigned i = 0; i < count; i++)
		untouched_text(&out->text, &lines[i]);
	parts_tables(out, lines, count, all.ns);
}
