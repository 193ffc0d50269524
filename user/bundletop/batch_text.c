/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/table.h"
#include "user/event/words.h"
#include "advice.h"
#include "batch.h"
#include "batch_parts.h"
#include "file_hits.h"
#include "model_sums.h"
#include "user/base/units.h"

enum { MODELS_SHOWN = 20 };

static double per_second(const struct state *state, uint64_t count)
{
	return state->interval_ns ? (double)count * 1e9 / (double)state->interval_ns : 0;
}

static void rate(struct text *t, const struct state *state, uint64_t count)
{
	unit_count(t, per_second(state, count));
}

static void cell_rate(struct table *table, const struct state *state, uint64_t count)
{
	rate(&table->cells, state, count);
	table_cell(table);
}

static void cell_bytes(struct table *table, uint64_t bytes)
{
	unit_bytes(&table->cells, bytes);
	table_cell(table);
}

static void cell_name(struct table *table, const char *name)
{
	text_escaped(&table->cells, name, strlen(name));
	table_cell(table);
}

static void heading(struct text *t, const struct watch *watch)
{
	const struct state *state = watch->state;
	const struct cache_counts *last = &state->last;
	text_printf(t, "%llu bundle%s open, %u thrashing; hits ", (unsigned long long)state->open,
		state->open == 1 ? "" : "s", state->thrashing);
	unit_percent(t, cache_counts_hit_rate(last));
	const struct {
		const char *name;
		uint64_t count;
	} rates[] = { { "gets", cache_counts_gets(last) }, { "loads", last->loads },
		{ "evictions", last->evictions }, { "reloads", last->reloads } };
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		text_str(t, i ? ", " : " %; ");
		rate(t, state, rates[i].count);
		text_printf(t, " %s/s", rates[i].name);
	}
	text_str(t, ", ");
	unit_bytes(t, (uint64_t)per_second(state, last->bytes_loaded));
	text_printf(t, "B/s; %llu events lost", (unsigned long long)watch->lost);
	if (watch->skipped)
		text_printf(
			t, " (%llu in hooks that the kernel skipped)", (unsigned long long)watch->skipped);
	text_printf(t, "; bundletop %.1f %% cpu, ", watch->cpu * 100);
	unit_bytes(t, watch->rss);
	text_str(t, "B\n");
}

/* The steps of the governor since the last report. */
static void steps(struct text *t, struct watch *watch)
{
	const struct top_governor *governor = &watch->governor;
	for (uint64_t i = top_governor_first(governor, watch->reported); i < governor->stepped; i++) {
		const struct top_step *step = top_governor_step(governor, i);
		unit_time_of_day(t, step->time_ns);
		text_char(t, ' ');
		governor_text(t, &step->governor);
		text_char(t, '\n');
	}
	watch->reported = governor->stepped;
}

static void bundles(struct text *t, const struct state *state)
{
	static const struct table_column columns[] = { { "pid", 7, false }, { "process", 0, true },
		{ "state", 0, true }, { "hit %", 5, false }, { "gets/s", 0, false }, { "loads/s", 0, false },
		{ "evict/s", 0, false }, { "reload/s", 0, false }, { "bytes/s", 0, false },
		{ "resident", 0, false }, { "limit", 6, false }, { "models", 0, false }, { "p50", 5, false },
		{ "p99", 5, false }, { "bundle", 0, true } };
	struct table table;
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (const struct bundle *b = state->bundles; b; b = b->hh.next) {
		table_u64(&table, b->key.pid);
		cell_name(&table, b->comm);
		table_str(&table, bundle_state_word(b));
		unit_percent(&table.cells, cache_counts_hit_rate(&b->last));
		table_cell(&table);
		cell_rate(&table, state, cache_counts_gets(&b->last));
		cell_rate(&table, state, b->last.loads);
		cell_rate(&table, state, b->last.evictions);
		cell_rate(&table, state, b->last.reloads);
		cell_bytes(&table, (uint64_t)per_second(state, b->last.bytes_loaded));
		cell_bytes(&table, b->resident);
		cell_bytes(&table, b->limit);
		table_u64(&table, b->models_in_file);
		unit_ns(&table.cells, latency_percentile(&b->load_ns, 50));
		table_cell(&table);
		unit_ns(&table.cells, latency_percentile(&b->load_ns, 99));
		table_cell(&table);
		cell_name(&table, b->path);
	}
	table_end(&table, t);
}

/* Most reloads, misses and gets of the interval first. */
static int by_trouble(const void *a, const void *b)
{
	const struct model *x = *(const struct model *const *)a, *y = *(const struct model *const *)b;
	const uint64_t of_x[] = { x->last.reloads, x->last.misses, x->last.hits };
	const uint64_t of_y[] = { y->last.reloads, y->last.misses, y->last.hits };
	for (int i = 0; i < 3; i++)
		if (of_x[i] != of_y[i])
			return of_x[i] < of_y[i] ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void model_row(struct table *table, const struct state *state, const struct model *m)
{
	table_str(table, residence_word(m->residence));
	cell_bytes(table, m->size);
	cell_rate(table, state, cache_counts_gets(&m->last));
	table_u64(table, m->total.hits);
	table_u64(table, m->total.misses);
	table_u64(table, m->total.reloads);
	table_u64(table, m->total.evictions);
	table_u64(table, m->total.used);
	table_u64(table, m->total.wasted);
	unit_ns(&table->cells, latency_percentile(&m->load_ns, 50));
	table_cell(table);
	unit_ns(&table->cells, latency_percentile(&m->load_ns, 99));
	table_cell(table);
	if (m->evicted_ns) {
		unit_age(&table->cells, state->now_ns - m->evicted_ns);
		text_char(&table->cells, ' ');
		text_str(&table->cells, reason_word(m->reason));
	} else {
		text_char(&table->cells, '-');
	}
	table_cell(table);
	cell_name(table, m->name);
}

/* The models that were requested or loaded in the interval. */
static void models(struct text *t, const struct state *state, const struct bundle *bundle)
{
	static const struct table_column columns[] = { { "state", 8, true }, { "size", 5, false },
		{ "gets/s", 0, false }, { "hits", 0, false }, { "misses", 0, false }, { "reloads", 0, false },
		{ "evicted", 0, false }, { "used", 0, false }, { "wasted", 0, false }, { "p50", 5, false },
		{ "p99", 5, false }, { "last eviction", 0, true }, { "model", 0, true } };
	size_t count = 0;
	const struct model **busy = calloc(HASH_COUNT(bundle->models) + 1, sizeof(*busy));
	for (const struct model *m = bundle->models; busy && m; m = m->hh.next)
		if (cache_counts_gets(&m->last) || m->last.loads)
			busy[count++] = m;
	if (busy)
		qsort(busy, count, sizeof(*busy), by_trouble);
	if (count) {
		struct table table;
		text_printf(t, "\n%llu ", (unsigned long long)bundle->key.pid);
		text_escaped(t, bundle->path, strlen(bundle->path));
		text_str(t, ":\n");
		table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
		for (size_t i = 0; i < count && i < MODELS_SHOWN; i++)
			model_row(&table, state, busy[i]);
		table_end(&table, t);
		if (count > MODELS_SHOWN)
			text_printf(t, "... and %zu models more\n", count - MODELS_SHOWN);
	}
	free(busy);
}

static void advice(struct text *t, const struct state *state)
{
	for (const struct bundle *b = state->bundles; b; b = b->hh.next) {
		if (!b->thrash.models)
			continue;
		text_printf(t, "%s %llu ", b->end == BUNDLE_OPEN ? "THRASH" : "thrashed until it ended:",
			(unsigned long long)b->key.pid);
		text_escaped(t, b->path, strlen(b->path));
		text_str(t, ": ");
		advice_text(t, state, b);
		text_char(t, '\n');
	}
}

/* A cell that shows what cannot be known as "-". */
static bool cell_unknown(struct table *table, bool unknown)
{
	if (unknown)
		table_str(table, "-");
	return unknown;
}

static void file_row(struct table *table, const struct watch *watch, const struct model_file *file)
{
	const struct state *state = watch->state;
	const struct file_counts *last = &file->last;
	table_u64(table, file->key.pid);
	cell_name(table, file->comm);
	table_str(table, file->format);
	cell_bytes(table, file->size);
	if (!cell_unknown(table, file->cached < 0))
		cell_bytes(table, (uint64_t)file->cached);
	if (!cell_unknown(table, last->partial))
		cell_rate(table, state, last->reads);
	if (!cell_unknown(table, last->partial))
		cell_bytes(table, (uint64_t)per_second(state, last->read_bytes));
	if (!cell_unknown(table, !watch->files.faults))
		cell_rate(table, state, last->faults);
	if (!cell_unknown(table, file->hidden))
		cell_bytes(table, (uint64_t)per_second(state, last->mapped_bytes));
	cell_bytes(table, (uint64_t)per_second(state, last->filled_bytes));
	unit_percent(&table->cells, file_hits_rate(last));
	table_cell(table);
	struct text name = model_sums_name(file);
	text_escaped(&table->cells, name.data, name.len);
	table_cell(table);
	table->failed |= name.failed;
	text_free(&name);
}

/* Why numbers are missing: a line for each reason, with the first file that has it; and what is not in the table. */
static void file_notes(struct text *t, const struct watch *watch)
{
	const struct model_files *files = &watch->files;
	bool said[HIT_REASONS] = { false };
	for (const struct model_file *file = files->table.list; file; file = file->hh.next) {
		enum hit_unknown why = file->last.partial ? HIT_READS : file->last.unknown;
		if (!why || said[why])
			continue;
		said[why] = true;
		text_printf(t, "- in %u ", file->key.pid);
		text_escaped(t, file->path, strlen(file->path));
		text_printf(t, ": %s\n", file_hits_unknown(&file->last));
	}
	if (files->unexamined)
		text_printf(
			t, "%llu files in use are not examined yet\n", (unsigned long long)files->unexamined);
	if (files->unopened)
		text_printf(t,
			"%llu files that were used could not be opened any more to see what they are\n",
			(unsigned long long)files->unopened);
	if (files->table.left_out)
		text_printf(t, "%llu model files are left out: there is room for %d\n",
			(unsigned long long)files->table.left_out, FILES_MAX);
}

static void files(struct text *t, const struct watch *watch)
{
	static const struct table_column columns[] = { { "pid", 7, false }, { "process", 0, true },
		{ "format", 0, true }, { "size", 5, false }, { "in cache", 0, false },
		{ "reads/s", 0, false }, { "read B/s", 0, false }, { "faults/s", 0, false },
		{ "mapped B/s", 0, false }, { "filled B/s", 0, false }, { "hit %", 5, false },
		{ "file", 0, true } };
	struct table table;
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	size_t count;
	const struct model_file **rows = model_sums_rows(&watch->files.table, &count);
	for (size_t i = 0; i < count; i++)
		file_row(&table, watch, rows[i]);
	free(rows);
	table_end(&table, t);
	file_notes(t, watch);
	batch_parts_text(t, watch);
}

void batch_text(struct text *t, struct watch *watch)
{
	const struct state *state = watch->state;
	heading(t, watch);
	if (attach_misses(&watch->attached)) {
		attach_refused_text(t, &watch->attached);
		text_char(t, '\n');
	}
	if (watch->hidden.count) {
		watch_hidden_text(t, watch);
		text_char(t, '\n');
	}
	steps(t, watch);
	if (state->bundles)
		bundles(t, state);
	advice(t, state);
	for (const struct bundle *b = state->bundles; b; b = b->hh.next)
		models(t, state, b);
	if (watch->files.table.list || watch->files.unexamined || watch->files.unopened) {
		text_char(t, '\n');
		files(t, watch);
	}
	text_char(t, '\n');
}
