/* SPDX-License-Identifier: BSD-2-Clause */
/* One header for all: `kind` says what a record is of, and columns that mean nothing for it are empty. */
#include "csv_summary.h"

#include <string.h>

#include "user/tables/summary.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

static const char header[] =
	"kind,name,calls,errors,total_us,max_us,pid,bundle,gets,hits,misses,reloads,evictions,loads,prefetched,used,wasted,bytes_loaded,hit_rate,load_p50_us,load_p99_us";

/* With --stats-extended, behind the others. */
static const char stats_header[] =
	",timed,min_us,p50_us,p75_us,p90_us,p95_us,p99_us,p99_9_us,longest_us,mean_us,stddev_us,outliers";

enum { COLUMNS_OF_MODELS = 15 /* from pid on */, COLUMNS_OF_STATS = 12 };

static void none(struct csv *csv, int count)
{
	while (count-- > 0)
		csv_none(csv);
}

static bool extended(const struct run_result *r)
{
	return r->stats && r->stats->options.extended;
}

static void exact_us(struct csv *csv, double ns)
{
	text_printf(&csv->cell, "%.3f", ns / 1000);
	csv_cell(csv);
}

/* `l` NULL: of nothing that takes time. */
static void stats_cells(
	struct csv *csv, const struct run_result *r, const struct latency *l, uint64_t outliers)
{
	static const double percents[] = { 50, 75, 90, 95, 99, 99.9 };
	if (!extended(r))
		return;
	if (!l || l->count == 0) {
		none(csv, COLUMNS_OF_STATS);
		return;
	}
	csv_u64(csv, l->count);
	csv_us(csv, l->min);
	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++)
		csv_us(csv, latency_percentile(l, percents[i]));
	csv_us(csv, l->max);
	exact_us(csv, l->mean);
	exact_us(csv, latency_deviation(l));
	csv_u64(csv, outliers);
}

static void call_stats(struct csv *csv, const struct run_result *r, unsigned nr)
{
	const struct call_times *times = r->stats ? r->stats->calls[nr] : NULL;
	stats_cells(csv, r, times ? &times->ns : NULL, times ? stats_call_outliers(r->stats, times) : 0);
}

static void load_stats(struct csv *csv, const struct run_result *r, const struct latency *l)
{
	stats_cells(csv, r, l, r->stats ? latency_above(l, stats_limit(r->stats, l)) : 0);
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
	uint64_t gets = c->hits + c->misses;
	const uint64_t numbers[] = { gets, c->hits, c->misses, c->reloads, c->evictions, c->loads,
		c->prefetched, c->used, c->wasted, c->bytes_loaded };
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		csv_u64(csv, numbers[i]);
	if (gets)
		text_printf(&csv->cell, "%.6f", (double)c->hits / (double)gets);
	csv_cell(csv);
	if (load_ns->count) {
		csv_us(csv, latency_percentile(load_ns, 50));
		csv_us(csv, latency_percentile(load_ns, 99));
	} else {
		none(csv, 2);
	}
}

/* Of a bundle, or a model in it. */
static void cache_record(struct csv *csv, const char *kind, struct span name, const struct bundle_stats *b,
	const struct cache_counts *c, const struct latency *load_ns)
{
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
}

static int bundle_records(
	struct out *out, struct csv *csv, const struct run_result *r, struct bundle_stats *b)
{
	static const struct span others = { "(others)", 8, false };
	struct cache_counts total;
	struct latency load_ns;
	summary_total(b, &total, &load_ns);
	csv_begin(csv, &out->text);
	cache_record(csv, "bundle", (struct span){ 0 }, b, &total, &load_ns);
	load_stats(csv, r, &load_ns);
	csv_end(csv);
	latency_free(&load_ns);
	summary_sort(b);
	for (const struct model_stats *m = b->models; m; m = m->hh.next) {
		csv_begin(csv, &out->text);
		cache_record(csv, "model", (struct span){ m->name, m->name_len, m->cut }, b, &m->counts,
			&m->load_ns);
		load_stats(csv, r, &m->load_ns);
		csv_end(csv);
		out_settle(out);
	}
	if (b->has_others) {
		csv_begin(csv, &out->text);
		cache_record(csv, "model", others, b, &b->others, &b->others_load_ns);
		load_stats(csv, r, &b->others_load_ns);
		csv_end(csv);
	}
	return out_settle(out);
}

/* A count alone. */
static void count_cells(struct csv *csv, const struct run_result *r, uint64_t count)
{
	csv_u64(csv, count);
	none(csv, 3 + COLUMNS_OF_MODELS);
	stats_cells(csv, r, NULL, 0);
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

static void failed_opens_record(struct out *out, struct csv *csv, const struct run_result *r)
{
	csv_begin(csv, &out->text);
	csv_str(csv, "failed_opens");
	csv_none(csv);
	count_cells(csv, r, r->summary->failed_opens);
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
	text_str(&out->text, header);
	text_str(&out->text, extended(result) ? stats_header : "");
	text_str(&out->text, "\r\n");
	call_records(out, csv, result);
	for (struct bundle_stats *b = s ? s->bundles : NULL; b; b = b->next)
		bundle_records(out, csv, result, b);
	if (s && (s->others.has_others || s->others.opens || s->others.errors))
		bundle_records(out, csv, result, &s->others);
	if (s && s->failed_opens)
		failed_opens_record(out, csv, result);
	lost_records(out, csv, result);
	return out_settle(out);
}
