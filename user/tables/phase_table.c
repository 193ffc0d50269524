/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "phase_table.h"

#include <stdlib.h>
#include <string.h>

struct phase_table *phase_table_new(void)
{
	struct phase_table *table = calloc(1, sizeof(*table));
	if (table)
		table->room = PHASE_TABLE_BYTES;
	return table;
}

static void free_strings(struct phase_stats *stats)
{
	struct phase_string *string, *next;
	HASH_ITER (hh, stats->strings, string, next) {
		HASH_DEL(stats->strings, string);
		free(string);
	}
}

void phase_table_free(struct phase_table *table)
{
	for (unsigned i = 0; table && i < PHASES_MAX; i++) {
		if (!table->all[i])
			continue;
		free_strings(table->all[i]);
		latency_free(&table->all[i]->ns);
		free(table->all[i]);
	}
	free(table);
}

static struct phase_string *string_of(struct phase_stats *stats, struct span text)
{
	struct phase_string *string;
	HASH_FIND(hh, stats->strings, text.data, text.len, string);
	if (string || HASH_COUNT(stats->strings) == PHASE_STRINGS_KEPT)
		return string;
	string = calloc(1, sizeof(*string) + text.len + 1);
	if (!string)
		return NULL;
	memcpy(string->text, text.data, text.len);
	string->len = text.len;
	string->cut = text.cut;
	HASH_ADD(hh, stats->strings, text, string->len, string);
	if (!string->hh.tbl) {
		free(string);
		return NULL;
	}
	return string;
}

static void add_string(struct phase_stats *stats, const struct phase_event *phase, uint64_t ns)
{
	if (!phase->string.data || !phase->string.len)
		return;
	struct phase_string *string = string_of(stats, phase->string);
	if (!string) {
		stats->other_strings++;
		return;
	}
	string->count++;
	string->total_ns += ns;
}

static void add_task(struct phase_stats *stats, const struct phase_event *phase)
{
	stats->reads_known |= phase->flags & PHASE_READS;
	stats->storage_known |= phase->flags & PHASE_STORAGE;
	stats->reads += phase->reads;
	stats->read_bytes += phase->read_bytes;
	stats->storage_bytes += phase->storage_bytes;
	stats->major += phase->major;
	stats->minor += phase->minor;
}

static void add_found(struct phase_stats *stats, const struct phase_event *phase)
{
	int found = stats->info->found;
	if (found < 0 || !phase_arg_known(stats->info, (unsigned)found, phase->flags))
		return;
	if (phase->args[found])
		stats->hits++;
	else
		stats->misses++;
}

static void add(struct phase_table *table, struct phase_stats *stats, const struct event *ev)
{
	const struct phase_event *phase = &ev->phase;
	uint64_t ns = ev->duration_ns == NO_DURATION ? 0 : ev->duration_ns;
	add_task(stats, phase);
	if (phase->flags & PHASE_UNFINISHED) {
		stats->unfinished++;
		return;
	}
	stats->count++;
	stats->unstarted += (phase->flags & PHASE_UNSTARTED) != 0;
	if (ev->duration_ns != NO_DURATION) {
		latency_add(&stats->ns, ns, &table->room);
		stats->total_ns += ns;
	}
	add_found(stats, phase);
	add_string(stats, phase, ns);
}

void phase_table_event(struct phase_table *table, const struct event *ev)
{
	if (!table || ev->kind != EVENT_PHASE || !ev->phase.info || ev->phase.number >= PHASES_MAX)
		return;
	struct phase_stats **stats = &table->all[ev->phase.number];
	if (!*stats)
		*stats = calloc(1, sizeof(**stats));
	if (!*stats)
		return;
	(*stats)->info = ev->phase.info;
	add(table, *stats, ev);
}

bool phase_table_any(const struct phase_table *table)
{
	for (unsigned i = 0; table && i < PHASES_MAX; i++)
		if (table->all[i])
			return true;
	return false;
}

static int by_time(const struct phase_string *a, const struct phase_string *b)
{
	if (a->total_ns != b->total_ns)
		return a->total_ns < b->total_ns ? 1 : -1;
	return (a->count < b->count) - (a->count > b->count);
}

void phase_table_sort(struct phase_stats *stats)
{
	HASH_SORT(stats->strings, by_time);
}
