/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <stdlib.h>
#include <string.h>

void table_begin(struct table *t, const struct table_column *columns, unsigned count)
{
	*t = (struct table){ .columns = columns, .count = count };
}

void table_cell(struct table *t)
{
	if (t->used == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		void *ends = realloc(t->ends, cap * sizeof(*t->ends));
		if (!ends) {
			t->failed = true;
			return;
		}
		t->ends = ends;
		t->cap = cap;
	}
	t->ends[t->used++] = t->cells.len;
}

void table_u64(struct table *t, uint64_t v)
{
	text_u64(&t->cells, v);
	table_cell(t);
}

void table_str(struct table *t, const char *s)
{
	text_str(&t->cells, s);
	table_cell(t);
}

void table_rule(struct table *t)
{
	if (t->rule_count < TABLE_RULES)
		t->rules[t->rule_count++] = t->used;
}

static void fill(struct text *out, char c, size_t n)
{
	while (n-- > 0)
		text_char(out, c);
}

static size_t cell_start(const struct table *t, size_t i)
{
	return i == 0 ? 0 : t->ends[i - 1];
}

static void measure(const struct table *t, size_t *widths)
{
	for (unsigned c = 0; c < t->count; c++) {
		size_t title = strlen(t->columns[c].title);
		widths[c] = t->columns[c].width > title ? t->columns[c].width : title;
	}
	for (size_t i = 0; i < t->used; i++) {
		size_t width = t->ends[i] - cell_start(t, i), *most = &widths[i % t->count];
		if (i % t->count != t->count - 1 && width > *most)
			*most = width;
	}
}

static void print_cell(
	const struct table *t, unsigned c, const size_t *widths, const char *s, size_t len, struct text *out)
{
	bool last = c == t->count - 1;
	size_t pad = widths[c] > len ? widths[c] - len : 0;
	if (c > 0)
		text_char(out, ' ');
	if (!t->columns[c].left)
		fill(out, ' ', pad);
	text_add(out, s, len);
	if (t->columns[c].left && !last)
		fill(out, ' ', pad);
	if (last)
		text_char(out, '\n');
}

static void print_rules(const struct table *t, size_t row, const size_t *widths, struct text *out)
{
	for (unsigned r = 0; r < t->rule_count; r++) {
		if (t->rules[r] != row)
			continue;
		for (unsigned c = 0; c < t->count; c++) {
			fill(out, '-', widths[c]);
			text_char(out, c == t->count - 1 ? '\n' : ' ');
		}
	}
}

void table_end(struct table *t, struct text *out)
{
	size_t widths[TABLE_COLUMNS];
	measure(t, widths);
	for (unsigned c = 0; c < t->count; c++)
		print_cell(t, c, widths, t->columns[c].title, strlen(t->columns[c].title), out);
	for (size_t i = 0; i < t->used; i++) {
		size_t start = cell_start(t, i);
		if (i % t->count == 0)
			print_rules(t, i, widths, out);
		print_cell(
			t, (unsigned)(i % t->count), widths, t->cells.data + start, t->ends[i] - start, out);
	}
	out->failed |= t->failed || t->cells.failed;
	text_free(&t->cells);
	free(t->ends);
	*t = (struct table){ 0 };
}
