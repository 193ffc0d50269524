/* SPDX-License-Identifier: BSD-2-Clause */
#include "summary_text.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "files_text.h"
#include "loads_text.h"
#include "model_name.h"
#include "phases_summary.h"
#include "stats_text.h"
#include "user/calls/syscalls.h"
#include "user/base/table.h"
#include "user/event/words.h"

enum { BUNDLES_SHOWN = 10, MODELS_SHOWN = 40, NAME_SHOWN = 48 };

static int by_time(const void *a, const void *b, void *counts)
{
	unsigned i = *(const unsigned *)a, j = *(const unsigned *)b;
	const struct call_count *x = (const struct call_count *)counts + i;
	const struct call_count *y = (const struct call_count *)counts + j;
	if (x->total_ns != y->total_ns)
		return x->total_ns < y->total_ns ? 1 : -1;
	if (x->calls != y->calls)
		return x->calls < y->calls ? 1 : -1;
	return (i > j) - (i < j);
}

static void call_row(struct table *t, const struct call_count *c, double percent)
{
	text_printf(&t->cells, "%.2f", percent);
	table_cell(t);
	text_seconds(&t->cells, c->total_ns, 6);
	table_cell(t);
	table_u64(t, c->calls ? c->total_ns / 1000 / c->calls : 0);
	table_u64(t, c->calls);
	if (c->errors)
		text_u64(&t->cells, c->errors);
	table_cell(t);
}

/* The table of strace -c, with its column widths. */
static void calls_table(struct text *out, const struct call_count *counts)
{
	static const struct table_column columns[] = {
		{ "% time", 6, false },
		{ "seconds", 11, false },
		{ "usecs/call", 11, false },
		{ "calls", 9, false },
		{ "errors", 9, false },
		{ "syscall", 16, true },
	};
	unsigned order[SYSCALL_MAX], used = 0;
	struct call_count total = { 0 };
	struct table t;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		if (counts[nr].calls == 0)
			continue;
		order[used++] = nr;
		total.calls += counts[nr].calls;
		total.errors += counts[nr].errors;
		total.total_ns += counts[nr].total_ns;
	}
	qsort_r(order, used, sizeof(*order), by_time, (void *)counts);
	table_begin(&t, columns, sizeof(columns) / sizeof(*columns));
	table_rule(&t);
	for (unsigned i = 0; i < used; i++) {
		const struct call_count *c = &counts[order[i]];
		call_row(&t, c, total.total_ns ? 100.0 * (double)c->total_ns / (double)total.total_ns : 0);
		syscall_name_text(&t.cells, order[i]);
		table_cell(&t);
	}
	table_rule(&t);
	call_row(&t, &total, 100);
	table_str(&t, "total");
	table_end(&t, out);
}

static void took_cell(struct table *t, const struct latency *l, double percent)
{
	if (l->count)
		duration_text(&t->cells, latency_percentile(l, percent));
	else
		text_char(&t->cells, '-');
	table_cell(t);
}

static void model_row(
	struct table *t, const struct cache_counts *c, const struct latency *load_ns, bool errors)
{
	uint64_t gets = cache_counts_gets(c);
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		if (count_columns[i].title)
			table_u64(t, count_value(&count_columns[i], c));
	took_cell(t, load_ns, 50);
	took_cell(t, load_ns, 99);
	if (gets)
		text_printf(&t->cells, "%.1f", 100.0 * (double)c->hits / (double)gets);
	else
		text_char(&t->cells, '-');
	table_cell(t);
	if (errors)
		table_u64(t, c->errors);
}

/* Fills in the columns of a table of models and returns their number. `errors`: with a column for them. */
static unsigned model_columns(struct table_column columns[TABLE_COLUMNS], bool errors)
{
	unsigned used = 0;
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		if (count_columns[i].title)
			columns[used++] = (struct table_column){ count_columns[i].title, 0, false };
	columns[used++] = (struct table_column){ "p50", 6, false };
	columns[used++] = (struct table_column){ "p99", 6, false };
	columns[used++] = (struct table_column){ "hit %", 0, false };
	if (errors)
		columns[used++] = (struct table_column){ "errors", 0, false };
	columns[used++] = (struct table_column){ "model", 16, true };
	return used;
}

static void models_table(struct text *out, struct bundle_stats *b)
{
	struct table_column columns[TABLE_COLUMNS];
	struct cache_counts total;
	struct latency load_ns;
	struct table t;
	unsigned shown = 0, count = HASH_COUNT(b->models);

	summary_total(b, &total, &load_ns);
	bool errors = total.errors > 0;
	table_begin(&t, columns, model_columns(columns, errors));
	table_rule(&t);
	summary_sort(b);
	for (struct model_stats *m = b->models; m && shown < MODELS_SHOWN; m = m->hh.next, shown++) {
		model_row(&t, &m->counts, &m->load_ns, errors);
		model_name_text(&t.cells, m, NAME_SHOWN);
		table_cell(&t);
	}
	if (b->has_others) {
		model_row(&t, &b->others, &b->others_load_ns, errors);
		table_str(&t, "(others)");
	}
	table_rule(&t);
	model_row(&t, &total, &load_ns, errors);
	table_str(&t, "total");
	table_end(&t, out);
	if (shown < count)
		text_printf(out, "... and %u more models (all in --format json)\n", count - shown);
	latency_free(&load_ns);
}

static void bundle_title(struct text *out, const struct bundle_stats *b, bool others)
{
	if (others) {
		text_str(out, "\n(other bundles)\n");
		return;
	}
	text_str(out, "\nbundle ");
	if (b->where) {
		text_escaped(out, b->where->path, b->path_len);
		text_printf(out, "%s, pid %u", b->path_cut ? "..." : "", (unsigned)b->key.pid);
	} else {
		text_printf(out, "%llu of pid %u", (unsigned long long)b->key.id, (unsigned)b->key.pid);
	}
	if (b->opens > 1)
		text_printf(out, ", opened %llu times", (unsigned long long)b->opens);
	if (b->opens)
		text_printf(out, ": %llu models, limit %llu B", (unsigned long long)b->models_in_file,
			(unsigned long long)b->limit);
	else
		text_str(out, ": opened before the trace");
	text_char(out, '\n');
}

static void bundle_tables(struct text *out, const struct run_result *result)
{
	struct summary *s = result->summary;
	unsigned shown = 0, left = 0;
	for (struct bundle_stats *b = s->bundles; b; b = b->next) {
		if (shown == BUNDLES_SHOWN) {
			left++;
			continue;
		}
		bundle_title(out, b, false);
		models_table(out, b);
		stats_models_text(out, result, b);
		shown++;
	}
	if (summary_has_others(s)) {
		bundle_title(out, &s->others, true);
		models_table(out, &s->others);
	}
	if (s->failed_opens)
		text_printf(out, "\n%llu times a bundle could not be opened\n",
			(unsigned long long)s->failed_opens);
	if (left)
		text_printf(out, "... and %u more bundles (all in --format json)\n", left);
}

void summary_lost(struct text *t, const struct run_result *result)
{
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
			if (result->lost[kind][cause])
				text_printf(t, "lost: %llu %s events (%s)\n",
					(unsigned long long)result->lost[kind][cause], event_word(kind),
					lost_word(cause));
	if (result->stacks_left_out)
		text_printf(t, "stacks left out: %llu (of events that are shown without one)\n",
			(unsigned long long)result->stacks_left_out);
}

int summary_text(struct out *out, const struct run_result *result)
{
	if (result->calls)
		calls_table(&out->text, result->calls);
	stats_calls_text(&out->text, result);
	files_text(out, result);
	loads_text(&out->text, result);
	phases_text(&out->text, result);
	if (result->summary)
		bundle_tables(&out->text, result);
	stats_outliers_text(&out->text, result);
	summary_lost(&out->text, result);
	return out_flush(out);
}
