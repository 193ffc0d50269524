/* SPDX-License-Identifier: BSD-2-Clause */
#include "counts.h"

struct cache_counts counts_of_bundle(const struct pb_counters *c)
{
	return (struct cache_counts){
		.hits = c->hits,
		.misses = c->misses,
		.loads = c->loads,
		.evictions = c->evictions,
		.reloads = c->reloads,
		.bytes_loaded = c->bytes_loaded,
		.prefetched = c->prefetches,
		.used = c->prefetch_used,
		.wasted = c->prefetch_wasted,
		.errors = c->errors,
	};
}

struct cache_counts counts_of_model(const struct pb_model_counters *m)
{
	uint64_t bytes;
	if (__builtin_mul_overflow(m->loads, m->size, &bytes) ||
		__builtin_add_overflow(bytes, m->page_bytes, &bytes))
		bytes = UINT64_MAX;
	return (struct cache_counts){
		.hits = m->hits,
		.misses = m->misses,
		.loads = m->loads,
		.evictions = m->evictions,
		.reloads = m->reloads,
		.bytes_loaded = bytes,
		.prefetched = m->prefetches,
		.used = m->prefetch_used,
		.wasted = m->prefetch_wasted,
	};
}
