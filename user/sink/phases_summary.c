/* SPDX-License-Identifier: BSD-2-Clause */
#include "phases_summary.h"

#include <string.h>

#include "columns.h"
#include "file_columns.h"
#include "loads_csv.h"
#include "files_csv.h"
#include "pieces.h"
#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"
#include "user/tables/phase_table.h"

enum { STRINGS_SHOWN = 10, STRING_SHOWN = 100 };

static void name_text(struct text *t, const struct phase_info *info)
{
	text_escaped(t, info->map.data, info->map.len);
	text_char(t, ':');
	text_escaped(t, info->name.data, info->name.len);
}

/* Negative: it has neither. */
static double hit_rate(const struct phase_stats *stats)
{
	uint64_t gets = stats->hits + stats->misses;
	return gets ? (double)stats->hits / (double)gets : -1;
}

/* ---- for people ---- */

/* What a column shows; those that no phase has anything of are left out. */
struct column {
	const char *title;
	bool (*any)(const struct phase_stats *stats); /* NULL: always */
	void (*cell)(struct text *t, const struct phase_stats *stats);
};

static bool any_found(const struct phase_stats *s)
{
	return s->info->found >= 0;
}

static bool any_reads(const struct phase_stats *s)
{
	return s->reads > 0;
}

static bool any_storage(const struct phase_stats *s)
{
	return s->storage_bytes > 0;
}

static bool any_major(const struct phase_stats *s)
{
	return s->major > 0;
}

static bool any_unstarted(const struct phase_stats *s)
{
	return s->unstarted > 0;
}

static bool any_unfinished(const struct phase_stats *s)
{
	return s->unfinished > 0;
}

static void time_text(struct text *t, const struct phase_stats *s, uint64_t ns)
{
	if (s->ns.count)
		duration_digits(t, (double)ns);
	else
		text_char(t, '-');
}

static void total_cell(struct text *t, const struct phase_stats *s)
{
	time_text(t, s, s->total_ns);
}

static void p50_cell(struct text *t, const struct phase_stats *s)
{
	time_text(t, s, latency_percentile(&s->ns, 50));
}

static void p99_cell(struct text *t, const struct phase_stats *s)
{
	time_text(t, s, latency_percentile(&s->ns, 99));
}

static void max_cell(struct text *t, const struct phase_stats *s)
{
	time_text(t, s, s->ns.max);
}

static void count_cell(struct text *t, const struct phase_stats *s)
{
	text_u64(t, s->count);
}

static void hits_cell(struct text *t, const struct phase_stats *s)
{
	if (s->info->found >= 0)
		text_u64(t, s->hits);
}

static void misses_cell(struct text *t, const struct phase_stats *s)
{
	if (s->info->found >= 0)
		text_u64(t, s->misses);
}

static void rate_cell(struct text *t, const struct phase_stats *s)
{
	if (s->info->found >= 0)
		unit_percent(t, hit_rate(s));
}

static void reads_cell(struct text *t, const struct phase_stats *s)
{
	if (s->reads_known)
		text_u64(t, s->reads);
}

static void read_cell(struct text *t, const struct phase_stats *s)
{
	if (s->reads_known)
		unit_bytes(t, s->read_bytes);
}

static void storage_cell(struct text *t, const struct phase_stats *s)
{
	if (s->storage_known)
		unit_bytes(t, s->storage_bytes);
}

static void major_cell(struct text *t, const struct phase_stats *s)
{
	text_u64(t, s->major);
}

static void unstarted_cell(struct text *t, const struct phase_stats *s)
{
	text_u64(t, s->unstarted);
}

static void unfinished_cell(struct text *t, const struct phase_stats *s)
{
	text_u64(t, s->unfinished);
}

static const struct column columns[] = {
	{ "total", NULL, total_cell },
	{ "p50", NULL, p50_cell },
	{ "p99", NULL, p99_cell },
	{ "max", NULL, max_cell },
	{ "count", NULL, count_cell },
	{ "no start", any_unstarted, unstarted_cell },
	{ "not ended", any_unfinished, unfinished_cell },
	{ "hits", any_found, hits_cell },
	{ "misses", any_found, misses_cell },
	{ "hit %", any_found, rate_cell },
	{ "reads", any_reads, reads_cell },
	{ "read", any_reads, read_cell },
	{ "storage", any_storage, storage_cell },
	{ "major", any_major, major_cell },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static bool is_shown(const struct phase_table *table, const struct column *column)
{
	bool any = !column->any;
	for (unsigned i = 0; i < PHASES_MAX && !any; i++)
		any = table->all[i] && column->any(table->all[i]);
	return any;
}

static void rows(struct text *out, const struct phase_table *table)
{
	struct table_column shown[COLUMNS + 1];
	const struct column *used[COLUMNS];
	unsigned count = 0;
	struct table t;
	for (unsigned i = 0; i < COLUMNS; i++) {
		if (!is_shown(table, &columns[i]))
			continue;
		shown[count] = (struct table_column){ columns[i].title, i < 4 ? 7 : 0, false };
		used[count++] = &columns[i];
	}
	shown[count] = (struct table_column){ "phase", 16, true };
	table_begin(&t, shown, count + 1);
	table_rule(&t);
	for (unsigned i = 0; i < PHASES_MAX; i++) {
		if (!table->all[i])
			continue;
		for (unsigned c = 0; c < count; c++) {
			used[c]->cell(&t.cells, table->all[i]);
			table_cell(&t);
		}
		name_text(&t.cells, table->all[i]->info);
		table_cell(&t);
	}
	table_end(&t, out);
}

static void string_rows(struct text *out, struct phase_stats *stats)
{
	static const struct table_column shown[] = { { "total", 7, false }, { "count", 0, false },
		{ "", 16, true } };
	unsigned count = 0, all = HASH_COUNT(stats->strings);
	struct table_column titles[3];
	char title[PHASE_NAME_MAX + 1];
	struct table t;
	memcpy(titles, shown, sizeof(titles));
	memcpy(title, stats->info->string.data, stats->info->string.len);
	title[stats->info->string.len] = '\0';
	titles[2].title = title;
	text_char(out, '\n');
	name_text(out, stats->info);
	text_char(out, '\n');
	phase_table_sort(stats);
	table_begin(&t, titles, 3);
	table_rule(&t);
	for (const struct phase_string *s = stats->strings; s && count < STRINGS_SHOWN;
		s = s->hh.next, count++) {
		time_text(&t.cells, stats, s->total_ns);
		table_cell(&t);
		table_u64(&t, s->count);
		text_escaped(&t.cells, s->text, s->len < STRING_SHOWN ? s->len : STRING_SHOWN);
		text_str(&t.cells, s->cut || s->len > STRING_SHOWN ? "..." : "");
		table_cell(&t);
	}
	table_end(&t, out);
	if (all > count || stats->other_strings)
		text_printf(out, "... and %u more%s (in --format json)\n", all - count,
			stats->other_strings ? ", and those that are not kept" : "");
}

void phases_text(struct text *t, const struct run_result *result)
{
	const struct phase_table *table = result->phases;
	if (!phase_table_any(table))
		return;
	text_char(t, '\n');
	rows(t, table);
	for (unsigned i = 0; i < PHASES_MAX; i++)
		if (table->all[i] && table->all[i]->strings && table->all[i]->info->string.data &&
			table->all[i]->info->string.len <= PHASE_NAME_MAX)
			string_rows(t, table->all[i]);
}

/* ---- JSON ---- */

static void known_u64(struct json *j, const char *key, uint64_t v, bool known)
{
	if (known)
		json_field_u64(j, key, v);
	else
		json_field_null(j, key);
}

static void strings_json(struct json *j, struct out *out, struct phase_stats *stats)
{
	phase_table_sort(stats);
	json_field_array(j, "strings");
	for (const struct phase_string *s = stats->strings; s; s = s->hh.next) {
		json_begin_object(j);
		json_field_string(j, "string", s->text, s->len);
		if (s->cut)
			json_field_bool(j, "string_cut", true);
		json_field_u64(j, "count", s->count);
		json_field_us(j, "total_us", s->total_ns, stats->ns.count);
		json_end_object(j);
		out_settle(out);
	}
	json_end_array(j);
	json_field_u64(j, "other_strings", stats->other_strings);
}

static void phase_json(struct json *j, struct out *out, struct phase_stats *stats)
{
	const struct phase_info *info = stats->info;
	bool timed = stats->ns.count > 0, found = info->found >= 0;
	json_begin_object(j);
	json_field_string(j, "map", info->map.data, info->map.len);
	json_field_string(j, "name", info->name.data, info->name.len);
	json_field_u64(j, "count", stats->count);
	json_field_u64(j, "unstarted", stats->unstarted);
	json_field_u64(j, "unfinished", stats->unfinished);
	json_field_us(j, "total_us", stats->total_ns, timed);
	json_field_us(j, "p50_us", latency_percentile(&stats->ns, 50), timed);
	json_field_us(j, "p99_us", latency_percentile(&stats->ns, 99), timed);
	json_field_us(j, "max_us", stats->ns.max, timed);
	known_u64(j, "hits", stats->hits, found);
	known_u64(j, "misses", stats->misses, found);
	if (hit_rate(stats) >= 0)
		json_field_double(j, "hit_rate", hit_rate(stats), 6);
	else
		json_field_null(j, "hit_rate");
	known_u64(j, "read_calls", stats->reads, stats->reads_known);
	known_u64(j, "read_bytes", stats->read_bytes, stats->reads_known);
	known_u64(j, "storage_bytes", stats->storage_bytes, stats->storage_known);
	known_u64(j, "major_faults", stats->major, timed);
	known_u64(j, "minor_faults", stats->minor, timed);
	if (info->string.data)
		strings_json(j, out, stats);
	json_end_object(j);
	out_settle(out);
}

void phases_json(struct json *j, struct out *out, const struct run_result *result)
{
	const struct phase_table *table = result->phases;
	if (!phase_table_any(table))
		return;
	json_field_array(j, "phases");
	for (unsigned i = 0; i < PHASES_MAX; i++)
		if (table->all[i])
			phase_json(j, out, table->all[i]);
	json_end_array(j);
}

/* ---- CSV ---- */

/* The columns of files that a phase has numbers for. */
static void file_cells(struct csv *csv, const struct phase_stats *stats)
{
	const struct {
		const char *key;
		uint64_t number;
		bool known;
	} numbers[] = {
		{ "read_calls", stats->reads, stats->reads_known },
		{ "read_bytes", stats->read_bytes, stats->reads_known },
		{ "storage_bytes", stats->storage_bytes, stats->storage_known },
		{ "major_faults", stats->major, stats->ns.count > 0 },
		{ "minor_faults", stats->minor, stats->ns.count > 0 },
	};
	for (unsigned i = 0; i < FILE_COLUMNS; i++) {
		if (strcmp(file_columns[i].key, "errors") == 0) /* a column of all records */
			continue;
		for (unsigned n = 0; n < sizeof(numbers) / sizeof(*numbers); n++)
			if (numbers[n].known && strcmp(file_columns[i].key, numbers[n].key) == 0)
				text_u64(&csv->cell, numbers[n].number);
		csv_cell(csv);
	}
}

static void found_cells(struct csv *csv, const struct phase_stats *stats)
{
	struct cache_counts counts = { .hits = stats->hits, .misses = stats->misses };
	bool found = stats->info->found >= 0;
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		if (found && i < 3) /* gets, hits, misses */
			csv_u64(csv, count_value(&count_columns[i], &counts));
		else
			csv_none(csv);
	if (hit_rate(stats) >= 0)
		text_printf(&csv->cell, "%.6f", hit_rate(stats));
	csv_cell(csv);
}

static void time_cell(struct csv *csv, const struct phase_stats *stats, uint64_t ns)
{
	if (stats->ns.count)
		csv_us(csv, ns);
	else
		csv_none(csv);
}

void phases_csv(struct out *out, struct csv *csv, const struct run_result *result, int stats_columns)
{
	const struct phase_table *table = result->phases;
	for (unsigned i = 0; table && i < PHASES_MAX; i++) {
		const struct phase_stats *stats = table->all[i];
		if (!stats)
			continue;
		csv_begin(csv, &out->text);
		csv_str(csv, "phase");
		name_text(&csv->cell, stats->info);
		csv_cell(csv);
		csv_u64(csv, stats->count);
		csv_none(csv); /* errors */
		time_cell(csv, stats, stats->total_ns);
		time_cell(csv, stats, stats->ns.max);
		csv_nones(csv, 2); /* pid, bundle */
		found_cells(csv, stats);
		time_cell(csv, stats, latency_percentile(&stats->ns, 50));
		time_cell(csv, stats, latency_percentile(&stats->ns, 99));
		csv_nones(csv, stats_columns);
		file_cells(csv, stats);
		csv_nones(csv, LOADS_CSV_COLUMNS);
		csv_end(csv);
		out_settle(out);
	}
}
