/* SPDX-License-Identifier: BSD-2-Clause */
#include "counts.h"

/* A struct counts is nothing but numbers of 8 bytes. */
enum { FIELDS = sizeof(struct counts) / sizeof(uint64_t) };

struct counts counts_of_bundle(const struct pb_counters *c)
{
	return (struct counts){
		.hits = c->hits,
		.misses = c->misses,
		.loads = c->loads,
		.evictions = c->evictions,
		.reloads = c->reloads,
		.bytes_loaded = c->bytes_loaded,
		.prefetches = c->prefetches,
		.used = c->prefetch_used,
		.wasted = c->prefetch_wasted,
		.errors = c->errors,
	};
}

struct counts counts_of_model(const struct pb_model_counters *m)
{
	uint64_t bytes;
	if (__builtin_mul_overflow(m->loads, m->size, &bytes) ||
		__builtin_add_overflow(bytes, m->page_bytes, &bytes))
		bytes = UINT64_MAX;
	return (struct counts){
		.hits = m->hits,
		.misses = m->misses,
		.loads = m->loads,
		.evictions = m->evictions,
		.reloads = m->reloads,
		.bytes_loaded = bytes,
		.prefetches = m->prefetches,
		.used = m->prefetch_used,
		.wasted = m->prefetch_wasted,
	};
}

struct counts counts_since(const struct counts *now, const struct counts *before)
{
	struct counts delta;
	const uint64_t *a = (const uint64_t *)now, *b = (const uint64_t *)before;
	for (int i = 0; i < FIELDS; i++)
		((uint64_t *)&delta)[i] = a[i] > b[i] ? a[i] - b[i] : 0;
	return delta;
}

void counts_add(struct counts *into, const struct counts *more)
{
	uint64_t *a = (uint64_t *)into;
	const uint64_t *b = (const uint64_t *)more;
	for (int i = 0; i < FIELDS; i++)
		a[i] = counts_sum(a[i], b[i]);
}

uint64_t counts_gets(const struct counts *c)
{
	return counts_sum(c->hits, c->misses);
}

double counts_hit_rate(const struct counts *c)
{
	double gets = (double)c->hits + (double)c->misses;
	return gets > 0 ? (double)c->hits / gets : -1;
}
