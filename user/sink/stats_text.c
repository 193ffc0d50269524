/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "columns.h"
#include "model_name.h"
#include "user/tables/outliers.h"
#include "user/calls/syscalls.h"
#include "user/base/table.h"
#include "user/event/words.h"

enum { MODELS_SHOWN = 40, NAME_SHOWN = 24, BARS_SHOWN = 20, BAR_WIDTH = 50, OUTLIERS_SHOWN = 20 };

static unsigned columns_of(struct table_column columns[TABLE_COLUMNS], const char *times, const char *what)
{
	unsigned used = 0;
	columns[used++] = (struct table_column){ times, 0, false };
	for (unsigned i = 0; i < TIME_COLUMNS; i++)
		columns[used++] = (struct table_column){ time_columns[i].title, 7, false };
	columns[used++] = (struct table_column){ "outliers", 0, false };
	columns[used++] = (struct table_column){ what, 16, true };
	return used;
}

static void took_cell(struct table *t, const struct latency *l, double ns)
{
	if (l->count)
		duration_digits(&t->cells, ns);
	else
		text_char(&t->cells, '-');
	table_cell(t);
}

/* All cells of a row but the last, the name. */
static void row(struct table *t, const struct latency *l, uint64_t outliers)
{
	table_u64(t, l->count);
	for (unsigned i = 0; i < TIME_COLUMNS; i++)
		took_cell(t, l, time_value(&time_columns[i], l));
	table_u64(t, outliers);
}

/* ---- histograms ---- */

/* 2^power as bpftrace's hist() prints it: 512, 1K, 2K. */
static void power_text(struct text *t, unsigned power)
{
	static const char units[] = { 0, 'K', 'M', 'G', 'T', 'P', 'E' };
	text_u64(t, 1u << power % 10);
	if (power >= 10)
		text_char(t, units[power / 10]);
}

static void range_cell(struct table *t, unsigned power)
{
	text_char(&t->cells, '[');
	if (power == 0)
		text_char(&t->cells, '0');
	else
		power_text(&t->cells, power);
	text_str(&t->cells, ", ");
	power_text(&t->cells, power + 1);
	text_char(&t->cells, ')');
	table_cell(t);
}

static void bar_cell(struct table *t, uint64_t count, uint64_t most)
{
	unsigned width = (unsigned)((double)count / (double)most * BAR_WIDTH);
	text_char(&t->cells, '|');
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		text_char(&t->cells, i < width ? '@' : ' ');
	text_char(&t->cells, '|');
	table_cell(t);
}

static void bars(struct text *out, const struct latency *l)
{
	static const struct table_column columns[] = { { "nanoseconds", 14, true }, { "count", 9, false },
		{ "relative", 0, true } };
	uint64_t counts[LATENCY_POWERS], most = 1;
	unsigned first = LATENCY_POWERS, last = 0;
	struct table t;
	latency_powers(l, counts);
	for (unsigned i = 0; i < LATENCY_POWERS; i++) {
		if (counts[i] == 0)
			continue;
		first = i < first ? i : first;
		last = i;
		most = counts[i] > most ? counts[i] : most;
	}
	table_begin(&t, columns, 3);
	for (unsigned i = first; i <= last; i++) {
		range_cell(&t, i);
		table_u64(&t, counts[i]);
		bar_cell(&t, counts[i], most);
	}
	table_end(&t, out);
}

/* ---- system calls ---- */

static int by_time(const void *a, const void *b, void *ctx)
{
	const struct stats *s = ctx;
	unsigned i = *(const unsigned *)a, j = *(const unsigned *)b;
	const struct latency *x = &s->calls[i]->ns, *y = &s->calls[j]->ns;
	double x_ns = x->mean * (double)x->count, y_ns = y->mean * (double)y->count;
	if (x_ns != y_ns)
		return x_ns < y_ns ? 1 : -1;
	return (i > j) - (i < j);
}

static unsigned in_order(const struct stats *s, unsigned order[SYSCALL_MAX])
{
	unsigned used = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (s->calls[nr])
			order[used++] = nr;
	qsort_r(order, used, sizeof(*order), by_time, (void *)s);
	return used;
}

static void calls_rows(struct text *out, const struct stats *s, const unsigned *order, unsigned used)
{
	struct table_column columns[TABLE_COLUMNS];
	struct table t;
	text_char(out, '\n');
	table_begin(&t, columns, columns_of(columns, "calls", "syscall"));
	table_rule(&t);
	for (unsigned i = 0; i < used; i++) {
		const struct call_times *times = s->calls[order[i]];
		row(&t, &times->ns, stats_call_outliers(s, times));
		syscall_name_text(&t.cells, order[i]);
		table_cell(&t);
	}
	table_end(&t, out);
}

void stats_calls_text(struct text *out, const struct run_result *result)
{
	const struct stats *s = result->stats;
	unsigned order[SYSCALL_MAX], used = s ? in_order(s, order) : 0;
	if (used == 0)
		return;
	if (s->options.extended)
		calls_rows(out, s, order, used);
	if (!s->options.histogram)
		return;
	for (unsigned i = 0; i < used && i < BARS_SHOWN; i++) {
		text_char(out, '\n');
		syscall_name_text(out, order[i]);
		text_char(out, '\n');
		bars(out, &s->calls[order[i]]->ns);
	}
	if (used > BARS_SHOWN)
		text_printf(out, "... and %u more system calls (all in --format json)\n", used - BARS_SHOWN);
}

/* ---- models ---- */

static void load_row(struct table *t, const struct stats *s, const struct latency *l)
{
	row(t, l, latency_above(l, stats_limit(s, l)));
}

static void models_rows(struct text *out, const struct stats *s, const struct bundle_stats *b)
{
	struct table_column columns[TABLE_COLUMNS];
	struct cache_counts total;
	struct latency load_ns;
	struct table t;
	unsigned shown = 0;
	text_char(out, '\n');
	table_begin(&t, columns, columns_of(columns, "loads", "model"));
	table_rule(&t);
	for (const struct model_stats *m = b->models; m && shown < MODELS_SHOWN; m = m->hh.next, shown++) {
		load_row(&t, s, &m->load_ns);
		model_name_text(&t.cells, m, NAME_SHOWN);
		table_cell(&t);
	}
	table_rule(&t);
	summary_total(b, &total, &load_ns);
	load_row(&t, s, &load_ns);
	table_str(&t, "total");
	latency_free(&load_ns);
	table_end(&t, out);
}

void stats_models_text(struct text *out, const struct run_result *result, const struct bundle_stats *b)
{
	const struct stats *s = result->stats;
	unsigned shown = 0;
	if (!s)
		return;
	if (s->options.extended)
		models_rows(out, s, b);
	for (const struct model_stats *m = b->models; s->options.histogram && m; m = m->hh.next) {
		if (m->load_ns.count == 0 || shown++ >= BARS_SHOWN)
			continue;
		text_str(out, "\nload of ");
		model_name_text(out, m, NAME_SHOWN);
		text_char(out, '\n');
		bars(out, &m->load_ns);
	}
	if (shown > BARS_SHOWN)
		text_printf(out, "... and %u more models (all in --format json)\n", shown - BARS_SHOWN);
}

/* ---- outliers ---- */

/* The time of day when the call or load ended. */
static void time_cell(struct table *t, const struct stats *s, const struct slow *slow)
{
	int64_t wall = (int64_t)slow->time_ns + s->clock_offset_ns;
	time_t second = wall / 1000000000;
	struct tm tm;
	char clock[16];
	if (!localtime_r(&second, &tm) || !strftime(clock, sizeof(clock), "%H:%M:%S", &tm))
		strcpy(clock, "??:??:??");
	text_printf(&t->cells, "%s.%06u", clock, (unsigned)(wall % 1000000000 / 1000));
	table_cell(t);
}

static void outlier_row(struct table *t, const struct stats *s, const struct outlier *o)
{
	time_cell(t, s, &o->slow);
	table_u64(t, o->slow.pid);
	table_u64(t, o->slow.tid);
	duration_digits(&t->cells, (double)o->slow.duration_ns);
	table_cell(t);
	text_printf(&t->cells, "%.1f", o->sigma);
	table_cell(t);
	if (o->model) {
		text_str(&t->cells, "load ");
		model_name_text(&t->cells, o->model, NAME_SHOWN);
	} else {
		syscall_name_text(&t->cells, o->nr);
	}
	table_cell(t);
}

void stats_outliers_text(struct text *out, const struct run_result *result)
{
	static const struct table_column columns[] = { { "time", 15, false }, { "pid", 7, false },
		{ "tid", 7, false }, { "took", 7, false }, { "sigma", 5, false }, { "what", 16, true } };
	struct outlier outliers[OUTLIERS_MAX];
	struct table t;
	uint64_t total;
	if (!result->stats || !result->stats->options.extended)
		return;
	unsigned used = stats_outliers(result, outliers, &total);
	text_printf(out, "\noutliers, longer than the mean by more than %g standard deviations: %llu%s\n",
		result->stats->options.sigma, (unsigned long long)total,
		total > OUTLIERS_SHOWN ? "; the farthest of them:" : "");
	if (used == 0)
		return;
	table_begin(&t, columns, sizeof(columns) / sizeof(*columns));
	table_rule(&t);
	for (unsigned i = 0; i < used && i < OUTLIERS_SHOWN; i++)
		outlier_row(&t, result->stats, &outliers[i]);
	table_end(&t, out);
}
