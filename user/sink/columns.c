/* SPDX-License-Identifier: BSD-2-Clause */
#include "columns.h"

#define COUNT(field) offsetof(struct cache_counts, field)

const struct count_column count_columns[COUNT_COLUMNS] = {
	{ "gets", "gets", COUNT_GETS },
	{ "hits", "hits", COUNT(hits) },
	{ "misses", "misses", COUNT(misses) },
	{ "reloads", "reloads", COUNT(reloads) },
	{ "evictions", "evictions", COUNT(evictions) },
	{ "loads", NULL, COUNT(loads) },
	{ "prefetched", "prefetched", COUNT(prefetched) },
	{ "used", "used", COUNT(used) },
	{ "wasted", "wasted", COUNT(wasted) },
	{ "bytes_loaded", "bytes", COUNT(bytes_loaded) },
};

uint64_t count_value(const struct count_column *column, const struct cache_counts *counts)
{
	if (column->offset == COUNT_GETS)
		return cache_counts_gets(counts);
	return *(const uint64_t *)(const void *)((const char *)counts + column->offset);
}

static double least(const struct latency *l, double percent)
{
	(void)percent;
	return (double)l->min;
}

static double percentile(const struct latency *l, double percent)
{
	return (double)latency_percentile(l, percent);
}

static double most(const struct latency *l, double percent)
{
	(void)percent;
	return (double)l->max;
}

static double mean(const struct latency *l, double percent)
{
	(void)percent;
	return l->mean;
}

static double deviation(const struct latency *l, double percent)
{
	(void)percent;
	return latency_deviation(l);
}

const struct time_column time_columns[TIME_COLUMNS] = {
	{ "min", "min_us", "min", 0, least },
	{ "p50", "p50_us", "p50", 50, percentile },
	{ "p75", "p75_us", "p75", 75, percentile },
	{ "p90", "p90_us", "p90", 90, percentile },
	{ "p95", "p95_us", "p95", 95, percentile },
	{ "p99", "p99_us", "p99", 99, percentile },
	{ "p99_9", "p99_9_us", "p99.9", 99.9, percentile },
	{ "max", "longest_us", "max", 0, most }, /* CSV has a max_us without --stats-extended */
	{ "mean", "mean_us", "mean", 0, mean },
	{ "stddev", "stddev_us", "stddev", 0, deviation },
};

double time_value(const struct time_column *column, const struct latency *l)
{
	return column->value(l, column->percent);
}

bool summary_has_others(const struct summary *s)
{
	return s->others.has_others || s->others.opens || s->others.errors;
}
