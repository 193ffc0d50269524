/* SPDX-License-Identifier: BSD-2-Clause */
#include "csv.h"

void csv_free(struct csv *csv)
{
	text_free(&csv->cell);
}

void csv_begin(struct csv *csv, struct text *out)
{
	csv->out = out;
	csv->first = true;
	text_clear(&csv->cell);
}

void csv_end(struct csv *csv)
{
	text_add(csv->out, "\r\n", 2);
	if (csv->cell.failed) /* the owner of the output only checks its own text */
		csv->out->failed = true;
}

void csv_none(struct csv *csv)
{
	if (!csv->first)
		text_char(csv->out, ',');
	csv->first = false;
}

void csv_u64(struct csv *csv, uint64_t v)
{
	csv_none(csv);
	text_u64(csv->out, v);
}

void csv_s64(struct csv *csv, int64_t v)
{
	csv_none(csv);
	text_s64(csv->out, v);
}

void csv_us(struct csv *csv, uint64_t ns)
{
	csv_none(csv);
	text_us(csv->out, ns);
}

void csv_str(struct csv *csv, const char *s)
{
	text_str(&csv->cell, s);
	csv_cell(csv);
}

void csv_span(struct csv *csv, struct span s)
{
	text_escaped(&csv->cell, s.data, s.len);
	if (s.cut)
		text_add(&csv->cell, "...", 3);
	csv_cell(csv);
}

static bool needs_quotes(const struct text *cell)
{
	for (size_t i = 0; i < cell->len; i++)
		if (memchr("\",\r\n", cell->data[i], 4))
			return true;
	return false;
}

/* Appends text with its quotes doubled. */
static void add_doubled(struct text *out, const char *s, size_t len)
{
	while (len > 0) {
		const char *quote = memchr(s, '"', len);
		size_t n = quote ? (size_t)(quote - s) + 1 : len;
		text_add(out, s, n);
		if (quote)
			text_char(out, '"');
		s += n;
		len -= n;
	}
}

void csv_cell(struct csv *csv)
{
	struct text *cell = &csv->cell;
	csv_none(csv);
	if (cell->len == 0)
		return;
	bool quotes = needs_quotes(cell);
	if (quotes)
		text_char(csv->out, '"');
	if (memchr("=+-@'", cell->data[0], 5))
		text_char(csv->out, '\'');
	add_doubled(csv->out, cell->data, cell->len);
	if (quotes)
		text_char(csv->out, '"');
	text_clear(cell);
}
