/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_view.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user/base/units.h"
#include "user/event/words.h"

enum {
	NUMBER_WIDTH = 7,
	NAME_WIDTH = 24, /* the least, where columns can make room */
};

/* ---- columns ---- */

unsigned files_view_terminal(const struct out *out)
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
static bool is_used(const struct file_column *column, const struct files_line *lines, unsigned count)
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
static bool drop_column(struct files_view *v)
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

static unsigned columns_width(const struct files_view *v)
{
	unsigned width = 0;
	for (unsigned i = 0; i < v->count; i++)
		width += width_of(v->columns[i]);
	return width;
}

void files_view_columns(struct files_view *v, const struct files_line *lines, unsigned count)
{
	unsigned width = files_view_terminal(v->out);
	for (unsigned i = 0; i < FILE_COLUMNS; i++)
		if (is_used(&file_columns[i], lines, count))
			v->columns[v->count++] = &file_columns[i];
	while (width && columns_width(v) + NAME_WIDTH > width && drop_column(v))
		;
	unsigned used = columns_width(v);
	v->name_width = !width ? 0 : width > used + NAME_WIDTH ? width - used : NAME_WIDTH;
}

void files_view_begin(struct files_view *v, const char *last)
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

void files_name_cell(struct table *table, struct span name, unsigned width)
{
	struct text t = { 0 };
	text_escaped(&t, name.data, name.len);
	if (name.cut)
		text_str(&t, "...");
	size_t from = width && t.len > width ? t.len - width + 3 : 0;
	while (from && from < t.len && (t.data[from] & 0xc0) == 0x80)
		from++;
	if (from)
		text_str(&table->cells, "...");
	if (t.len > from)
		text_add(&table->cells, t.data + from, t.len - from);
	table->failed |= t.failed;
	text_free(&t);
	table_cell(table);
}

void files_view_name(struct files_view *v, struct span name, unsigned indent)
{
	for (unsigned i = 0; i < indent; i++)
		text_char(&v->table.cells, ' ');
	files_name_cell(&v->table, name, v->name_width > indent ? v->name_width - indent : 0);
}

void files_view_numbers(struct files_view *v, const struct files_line *line)
{
	for (unsigned i = 0; i < v->count; i++) {
		const struct file_value value = file_value(v->columns[i], &line->from, line->row);
		number_cell(&v->table, v->columns[i], &value);
	}
}
