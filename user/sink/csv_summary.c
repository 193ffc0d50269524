/* SPDX-License-Identifier: BSD-2-Clause */
/* All records have the same columns: `kind` says what a record is about, and columns that do not apply are empty. */
#include "csv_summary.h"

#include "columns.h"
#include "files_csv.h"
#include "loads_csv.h"
#include "phases_summary.h"
#include "user/tables/outliers.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

enum {
	COLUMNS_OF_MODELS = 2 + COUNT_COLUMNS + 3, /* from pid on */
	COLUMNS_OF_STATS = 1 + TIME_COLUMNS + 1,   /* with --stats-extended, after the others */
};

static void none(struct csv *csv, int count)
{
	while (count-- > 0)
		csv_none(csv);
}

static bool extended(const struct run_result *r)
{
	return r->stats && r->stats->options.extended;
}

static void header(struct text *t, const struct run_result *r)
{
	text_str(t, "kind,name,calls,errors,total_us,max_us,pid,bundle");
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		text_printf(t, ",%s", count_columns[i].name);
	text_str(t, ",hit_rate,load_p50_us,load_p99_us");
	if (extended(r)) {
		text_str(t, ",timed");
		for (unsigned i = 0; i < TIME_COLUMNS; i++)
			text_printf(t, ",%s", time_columns[i].csv);
		text_str(t, ",outliers");
	}
	files_csv_header(t);
	loads_csv_header(t);
	text_str(t, "\r\n");
}

static void stats_cells(struct csv *csv, const struct latency *l, uint64_t outliers)
{
	csv_u64(csv, l->count);
	for (unsigned i = 0; i < TIME_COLUMNS; i++) {
		text_printf(&csv->cell, "%.3f", time_value(&time_columns[i], l) / 1000);
		csv_cell(csv);
	}
	csv_u64(csv, outliers);
}

/* The last cells of a record that is about no file and no load. `l` NULL: it is about nothing that takes time. */
static void last_cells(
	struct csv *csv, const struct run_result *r, const struct latency *l, uint64_t outliers)
{
	if (extended(r) && l && l->count)
		stats_cells(csv, l, outliers);
	else if (extended(r))
		none(csv, COLUMNS_OF_STATS);
	none(csv, FILES_CSV_COLUMNS + LOADS_CSV_COLUMNS);
}

static void call_stats(struct csv *csv, const struct run_result *r, unsigned nr)
{
	const struct call_times *times = r->stats ? r->stats->calls[nr] : NULL;
	last_cells(csv, r, times ? &times->ns : NULL, times ? stats_call_outliers(r->stats, times) : 0);
}

static void load_stats(struct csv *csv, const struct run_result *r, const struct latency *l)
{
	last_cells(csv, r, l, r->stats ? latency_above(l, stats_limit(r->stats, l)) : 0);
}

static void call_record(struct csv *csv, unsigned nr, const struct call_count *c, bool durations)
{
	csv_str(csv, "syscall");
	syscall_name_text(&csv->cell, nr);
	csv_cell(csv);
	csv_u64(csv, c->calls);
	csv_u64(csv, c->errors);
	if (durations) {
		csv_us(csv, c->total_ns);
		csv_us(csv, c->max_ns);
	} else {
		none(csv, 2);
	}
	none(csv, COLUMNS_OF_MODELS);
}

static void counts(struct csv *csv, const struct cache_counts *c, const struct latency *load_ns)
{
	double hit_rate = cache_counts_hit_rate(c);
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		csv_u64(csv, count_value(&count_columns[i], c));
	if (hit_rate >= 0)
		text_printf(&csv->cell, "%.6f", hit_rate);
	csv_cell(csv);
	if (load_ns->count) {
		csv_us(csv, latency_percentile(load_ns, 50));
		csv_us(csv, latency_percentile(load_ns, 99));
	} else {
		none(csv, 2);
	}
}

/* Of a bundle, or of a model in it. */
static void cache_record(struct out *out, struct csv *csv, const struct run_result *r, const char *kind,
	struct span name, const struct bundle_stats *b, const struct cache_counts *c,
	const struct latency *load_ns)
{
	csv_begin(csv, &out->text);
	csv_str(csv, kind);
	csv_span(csv, name);
	csv_none(csv); /* calls */
	csv_u64(csv, c->errors);
	none(csv, 2); /* total_us, max_us */
	if (b->key.pid)
		csv_u64(csv, b->key.pid);
	else
		csv_none(csv);
	if (b->where)
		csv_span(csv, (struct span){ b->where->path, b->path_len, b->path_cut });
	else if (b->key.id)
		csv_u64(csv, b->key.id);
	else
		csv_str(csv, "(others)");
	counts(csv, c, load_ns);
	load_stats(csv, r, load_ns);
	csv_end(csv);
	out_settle(out);
}

static void bundle_records(
	struct out *out, struct csv *csv, const struct run_result *r, struct bundle_stats *b)
{
	static const struct span others = { "(others)", 8, false };
	struct cache_counts total;
	struct latency load_ns;
	summary_total(b, &total, &load_ns);
	cache_record(out, csv, r, "bundle", (struct span){ 0 }, b, &total, &load_ns);
	latency_free(&load_ns);
	summary_sort(b);
	for (const struct model_stats *m = b->models; m; m = m->hh.next)
		cache_record(out, csv, r, "model", (struct span){ m->name, m->name_len, m->cut }, b,
			&m->counts, &m->load_ns);
	if (b->has_others)
		cache_record(out, csv, r, "model", others, b, &b->others, &b->others_load_ns);
}

/* Of a record whose only number is a count. */
static void count_cells(struct csv *csv, const struct run_result *r, uint64_t count)
{
	csv_u64(csv, count);
	none(csv, 3 + COLUMNS_OF_MODELS);
	last_cells(csv, r, NULL, 0);
}

static void lost_record(struct csv *csv, const struct run_result *r, unsigned kind, unsigned cause)
{
	csv_str(csv, "lost");
	text_str(&csv->cell, event_word(kind));
	text_char(&csv->cell, ' ');
	text_str(&csv->cell, lost_key(cause));
	csv_cell(csv);
	count_cells(csv, r, r->lost[kind][cause]);
}

static void single_record(
	struct out *out, struct csv *csv, const struct run_result *r, const char *name, uint64_t count)
{
	csv_begin(csv, &out->text);
	csv_str(csv, name);
	csv_none(csv);
	count_cells(csv, r, count);
	csv_end(csv);
}

static void call_records(struct out *out, struct csv *csv, const struct run_result *result)
{
	for (unsigned nr = 0; result->calls && nr < SYSCALL_MAX; nr++) {
		if (result->calls[nr].calls == 0)
			continue;
		csv_begin(csv, &out->text);
		call_record(csv, nr, &result->calls[nr], result->durations);
		call_stats(csv, result, nr);
		csv_end(csv);
	}
}

static void lost_records(struct out *out, struct csv *csv, const struct run_result *result)
{
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
			if (result->lost[kind][cause] == 0)
				continue;
			csv_begin(csv, &out->text);
			lost_record(csv, result, kind, cause);
			csv_end(csv);
		}
}

int csv_summary(struct out *out, struct csv *csv, const struct run_result *result)
{
	struct summary *s = result->summary;
	header(&out->text, result);
	call_records(out, csv, result);
	for (struct bundle_stats *b = s ? s->bundles : NULL; b; b = b->next)
		bundle_records(out, csv, result, b);
	if (s && summary_has_others(s))
		bundle_records(out, csv, result, &s->others);
	if (s && s->failed_opens)
		single_record(out, csv, result, "failed_opens", s->failed_opens);
	int stats = extended(result) ? COLUMNS_OF_STATS : 0;
	files_csv(out, csv, result, COUNT_COLUMNS + 3 + stats, LOADS_CSV_COLUMNS);
	loads_csv(out, csv, result, stats);
	phases_csv(out, csv, result, stats);
	lost_records(out, csv, result);
	if (result->stacks_left_out)
		single_record(out, csv, result, "stacks_left_out", result->stacks_left_out);
	return out_settle(out);
}
