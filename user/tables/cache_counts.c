/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_counts.h"

/* Evictions with a lower reason are counted: for room, or on request. */
enum { REASON_CLEAR = 2 };

/* A struct cache_counts is nothing but numbers of 8 bytes. */
enum { FIELDS = sizeof(struct cache_counts) / sizeof(uint64_t) };

void cache_counts_event(struct cache_counts *counts, const struct event *ev, bool evicted)
{
	const uint64_t *args = ev->app.args;
	switch (ev->kind) {
	case EVENT_APP_HIT:
		counts->hits++;
		break;
	case EVENT_APP_MISS:
		counts->misses++;
		counts->reloads += evicted;
		break;
	case EVENT_APP_LOAD:
		counts->loads++;
		counts->prefetched += args[APP_LOAD_CAUSE] != 0;
		counts->bytes_loaded = cache_counts_sum(counts->bytes_loaded, args[APP_SIZE]);
		break;
	case EVENT_APP_EVICT:
		counts->evictions += args[APP_EVICT_REASON] < REASON_CLEAR;
		break;
	case EVENT_APP_ERROR:
		counts->errors++;
		break;
	}
}

struct cache_counts cache_counts_of_model(const uint64_t counts[MODEL_COUNTS], const uint64_t *before)
{
	uint64_t n[MODEL_COUNTS], bytes;
	for (unsigned i = 0; i < MODEL_COUNTS; i++) {
		uint64_t less = before && i != MODEL_SIZE ? before[i] : 0;
		n[i] = counts[i] > less ? counts[i] - less : 0;
	}
	if (__builtin_mul_overflow(n[MODEL_LOADS], n[MODEL_SIZE], &bytes))
		bytes = UINT64_MAX;
	return (struct cache_counts){
		.hits = n[MODEL_HITS],
		.misses = n[MODEL_MISSES],
		.reloads = n[MODEL_RELOADS],
		.evictions = n[MODEL_EVICTIONS],
		.loads = n[MODEL_LOADS],
		.prefetched = n[MODEL_PREFETCHES],
		.used = n[MODEL_USED],
		.wasted = n[MODEL_WASTED],
		.bytes_loaded = bytes,
	};
}

void cache_counts_add(struct cache_counts *into, const struct cache_counts *more)
{
	uint64_t *a = (uint64_t *)into;
	const uint64_t *b = (const uint64_t *)more;
	for (int i = 0; i < FIELDS; i++)
		a[i] = cache_counts_sum(a[i], b[i]);
}

struct cache_counts cache_counts_since(const struct cache_counts *now, const struct cache_counts *before)
{
	struct cache_counts delta;
	const uint64_t *a = (const uint64_t *)now, *b = (const uint64_t *)before;
	for (int i = 0; i < FIELDS; i++)
		((uint64_t *)&delta)[i] = a[i] > b[i] ? a[i] - b[i] : 0;
	return delta;
}

uint64_t cache_counts_gets(const struct cache_counts *counts)
{
	return cache_counts_sum(counts->hits, counts->misses);
}

double cache_counts_hit_rate(const struct cache_counts *counts)
{
	double gets = (double)counts->hits + (double)counts->misses;
	return gets > 0 ? (double)counts->hits / gets : -1;
}
