/* SPDX-License-Identifier: BSD-2-Clause */
#include "loads_text.h"

#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"
#include "user/tables/load_table.h"

enum { LOADS_SHOWN = 20, WIDTH = 7 };

static const struct table_column columns[] = {
	{ "total", WIDTH, false },
	{ "p50", WIDTH, false },
	{ "p99", WIDTH, false },
	{ "loads", WIDTH, false },
	{ "reloads", WIDTH, false },
	{ "bytes", WIDTH, false },
	{ "storage", WIDTH, false },
	{ "in calls", WIDTH, false },
	{ "in faults", WIDTH, false },
	{ "disk wait", WIDTH, false },
	{ "rest", WIDTH, false },
	{ "load of", 16, true },
};

static void time_cell(struct table *t, uint64_t ns)
{
	duration_digits(&t->cells, (double)ns);
	table_cell(t);
}

static void bytes_cell(struct table *t, uint64_t bytes)
{
	unit_bytes(&t->cells, bytes);
	table_cell(t);
}

static void counts_cells(struct table *t, const struct load_counts *c)
{
	time_cell(t, c->total_ns);
	time_cell(t, latency_percentile(&c->took, 50));
	time_cell(t, latency_percentile(&c->took, 99));
	table_u64(t, c->loads);
	table_u64(t, c->reloads);
	bytes_cell(t, c->bytes);
	bytes_cell(t, c->costs.storage_bytes);
	time_cell(t, c->costs.call_ns);
	time_cell(t, c->costs.fault_ns);
	time_cell(t, c->costs.disk_ns);
	time_cell(t, load_counts_rest(c));
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
	struct table table;
	unsigned shown = 0;
	if (!loads || (!loads->rows && !loads->has_others))
		return;
	load_table_sort(loads);
	text_char(out, '\n');
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	table_rule(&table);
	for (const struct load_row *row = loads->rows; row && shown < LOADS_SHOWN; row = row->hh.next) {
		counts_cells(&table, &row->counts);
		name_cell(&table, row);
		shown++;
	}
	if (loads->has_others) {
		counts_cells(&table, &loads->others);
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
