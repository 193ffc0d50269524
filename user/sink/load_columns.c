/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_columns.h"

#include <string.h>

static uint64_t p50(const struct load_counts *counts)
{
	return latency_percentile(&counts->took, 50);
}

static uint64_t p99(const struct load_counts *counts)
{
	return latency_percentile(&counts->took, 99);
}

static uint64_t longest(const struct load_counts *counts)
{
	return counts->took.max;
}

#define COUNTED(field)     .offset = offsetof(struct load_counts, field)
#define TIMED(function)    .value = function
#define COST(known, field) .cost = true, .fact = known, .offset = offsetof(struct load_costs, field)

const struct load_column load_columns[LOAD_COLUMNS] = {
	{ "total", "total_us", "total", LOAD_NS, COUNTED(total_ns) },
	{ "p50", "load_p50_us", "p50", LOAD_NS, TIMED(p50) },
	{ "p99", "load_p99_us", "p99", LOAD_NS, TIMED(p99) },
	{ "max", "max_us", NULL, LOAD_NS, TIMED(longest) },
	{ "loads", "loads", "loads", LOAD_COUNT, COUNTED(loads) },
	{ "reloads", "reloads", "reloads", LOAD_COUNT, .reloads = true, COUNTED(reloads) },
	{ "bytes", "bytes_loaded", "bytes", LOAD_BYTES, COUNTED(bytes) },
	{ "storage_bytes", "storage_bytes", "storage", LOAD_BYTES, COST(FACT_FILLS, storage_bytes) },
	{ "call", "call_us", "in calls", LOAD_NS, COST(FACT_TIMES, call_ns) },
	{ "fault", "fault_us", "in faults", LOAD_NS, COST(FACT_FAULTS, fault_ns) },
	{ "disk", "disk_us", "disk wait", LOAD_NS, COST(FACT_WAITS, disk_ns) },
	{ "rest", NULL, "rest", LOAD_NS, .cost = true, .fact = FACT_TIMES, .value = load_counts_rest },
	{ "runnable", NULL, "no CPU", LOAD_NS, COST(FACT_SCHED, runnable_ns) },
	{ "blocked", NULL, "blocked", LOAD_NS, COST(FACT_SCHED, blocked_ns) },
	{ "read_calls", "read_calls", NULL, LOAD_COUNT, COST(FACT_READS, calls) },
	{ "read_bytes", "read_bytes", NULL, LOAD_BYTES, COST(FACT_READS, call_bytes) },
	{ "uring_calls", "uring_calls", NULL, LOAD_COUNT, COST(FACT_URING, requests) },
	{ "uring_bytes", "uring_bytes", NULL, LOAD_BYTES, COST(FACT_URING, request_bytes) },
	{ "faults", NULL, NULL, LOAD_COUNT, COST(FACT_FAULTS, faults) },
	{ "major_faults", "major_faults", NULL, LOAD_COUNT, COST(FACT_FAULTS, major_faults) },
};

static uint64_t number_at(const void *numbers, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)numbers + offset);
}

static bool reloads_known(const struct load_table *table, const struct load_row *row)
{
	return (row && row->inferred) || !table->evictions_unseen;
}

bool load_value(const struct load_column *column, const struct load_table *table, const struct load_row *row,
	uint64_t *value)
{
	const struct load_counts *counts = row ? &row->counts : &table->others;
	if (column->value)
		*value = column->value(counts);
	else if (column->cost)
		*value = number_at(&counts->costs, column->offset);
	else
		*value = number_at(counts, column->offset);
	if (column->cost && column->value) /* it is what is left of known ones */
		return counts->took.count && load_costs_known(table, counts, column->fact, 0);
	if (column->cost)
		return load_costs_known(table, counts, column->fact, *value);
	if (column->reloads)
		return reloads_known(table, row);
	return column->unit != LOAD_NS || counts->took.count;
}

bool load_column_is_there(const struct load_column *column, const struct load_table *table)
{
	return !column->cost || !file_fact_optional(column->fact) || !table->facts.unseen[column->fact];
}

const struct load_column *load_column_of_csv(const char *name)
{
	for (unsigned i = 0; i < LOAD_COLUMNS; i++)
		if (load_columns[i].csv && strcmp(load_columns[i].csv, name) == 0)
			return &load_columns[i];
	return NULL;
}
