/* SPDX-License-Identifier: BSD-2-Clause */
#include "loads_text.h"

#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"
#include "load_columns.h"

enum { LOADS_SHOWN = 20, WIDTH = 7 };

static void number_cell(struct table *t, const struct load_column *column, bool known, uint64_t value)
{
	if (!known)
		text_char(&t->cells, '-');
	else if (column->unit == LOAD_NS)
		duration_digits(&t->cells, (double)value);
	else if (column->unit == LOAD_BYTES)
		unit_bytes(&t->cells, value);
	else
		text_u64(&t->cells, value);
	table_cell(t);
}

/* Of a row, or of the others (NULL). */
static void counts_cells(struct table *t, const struct load_table *loads, const struct load_row *row)
{
	for (unsigned i = 0; i < LOAD_COLUMNS; i++) {
		uint64_t value;
		bool known = load_value(&load_columns[i], loads, row, &value);
		if (load_columns[i].title && load_column_is_there(&load_columns[i], loads))
			number_cell(t, &load_columns[i], known, value);
	}
}

static unsigned titles(struct table_column heads[LOAD_COLUMNS + 1], const struct load_table *loads)
{
	unsigned count = 0;
	for (unsigned i = 0; i < LOAD_COLUMNS; i++)
		if (load_columns[i].title && load_column_is_there(&load_columns[i], loads))
			heads[count++] = (struct table_column){ load_columns[i].title, WIDTH, false };
	heads[count++] = (struct table_column){ "load of", 16, true };
	return count;
}

/* encoder (/models/demo.apbundle); blk.0.attn_q.weight (m.gguf, inferred) */
static void name_cell(struct table *t, const struct load_row *row)
{
	struct span name = load_row_name(row), path = load_row_path(row);
	text_escaped(&t->cells, name.data, name.len);
	if (name.cut)
		text_str(&t->cells, "...");
	if (path.data || row->inferred)
		text_str(&t->cells, " (");
	uint32_t base = path.len;
	while (base && path.data[base - 1] != '/')
		base--;
	if (path.data)
		text_escaped(&t->cells, path.data + base, path.len - base);
	if (path.data && row->inferred)
		text_str(&t->cells, ", ");
	if (row->inferred)
		text_str(&t->cells, "inferred");
	if (path.data || row->inferred)
		text_char(&t->cells, ')');
	table_cell(t);
}

void loads_text(struct text *out, const struct run_result *result)
{
	struct load_table *loads = result->loads;
	struct table_column heads[LOAD_COLUMNS + 1];
	struct table table;
	unsigned shown = 0;
	if (!loads || (!loads->rows && !loads->has_others))
		return;
	load_table_sort(loads);
	text_char(out, '\n');
	table_begin(&table, heads, titles(heads, loads));
	table_rule(&table);
	for (const struct load_row *row = loads->rows; row && shown < LOADS_SHOWN; row = row->hh.next) {
		counts_cells(&table, loads, row);
		name_cell(&table, row);
		shown++;
	}
	if (loads->has_others) {
		counts_cells(&table, loads, NULL);
		table_str(&table, "(others)");
	}
	table_end(&table, out);
	if (HASH_COUNT(loads->rows) > shown)
		text_printf(out, "... and %u more loads (all in --format json)\n",
			HASH_COUNT(loads->rows) - shown);
	if (loads->not_inferred)
		text_printf(out, "%llu uses of parts of files are in no load: there are too many parts\n",
			(unsigned long long)loads->not_inferred);
}
