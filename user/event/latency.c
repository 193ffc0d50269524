/* SPDX-License-Identifier: BSD-2-Clause */
#include "latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SUB = SPREAD_SUB, FIRST_ROOM = 4 };

void latency_free(struct latency *l)
{
	free(l->buckets);
	*l = (struct latency){ 0 };
}

/* The middle of the range of a bucket. */
static uint64_t value_of(unsigned index)
{
	if (index < 2 * SUB)
		return index;
	unsigned shift = index / SUB - 1;
	return ((uint64_t)(index % SUB + SUB) << shift) + (1ULL << shift) / 2;
}

/* Position of the first bucket not below `index`. */
static uint32_t position(const struct latency *l, unsigned index)
{
	uint32_t low = 0, high = l->used;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (l->buckets[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(struct latency *l, size_t *room)
{
	uint32_t cap = l->cap ? l->cap * 2 : FIRST_ROOM;
	size_t more = (cap - l->cap) * sizeof(*l->buckets);
	if (room && *room < more)
		return -1;
	void *buckets = realloc(l->buckets, cap * sizeof(*l->buckets));
	if (!buckets)
		return -1;
	l->buckets = buckets;
	l->cap = cap;
	if (room)
		*room -= more;
	return 0;
}

static void add_many(struct latency *l, unsigned index, uint64_t count, size_t *room)
{
	uint32_t at = position(l, index);
	if (at < l->used && l->buckets[at].index == index) {
		l->buckets[at].count += count;
		return;
	}
	if (l->used == l->cap && grow(l, room) != 0) {
		/* the next bucket above, or else the last: rather too slow than too fast */
		if (l->used > 0)
			l->buckets[at < l->used ? at : l->used - 1].count += count;
		return;
	}
	memmove(&l->buckets[at + 1], &l->buckets[at], (l->used - at) * sizeof(*l->buckets));
	l->buckets[at] = (struct latency_bucket){ .index = index, .count = count };
	l->used++;
}

static void bounds(struct latency *l, uint64_t min, uint64_t max)
{
	if (l->count == 0 || min < l->min)
		l->min = min;
	if (l->count == 0 || max > l->max)
		l->max = max;
}

void latency_add(struct latency *l, uint64_t ns, size_t *room)
{
	double off = (double)ns - l->mean;
	bounds(l, ns, ns);
	l->count++;
	l->mean += off / (double)l->count;
	l->squares += off * ((double)ns - l->mean);
	add_many(l, spread_bucket(ns), 1, room);
}

void latency_merge(struct latency *into, const struct latency *from, size_t *room)
{
	if (from->count == 0)
		return;
	double off = from->mean - into->mean,
	       share = (double)from->count / (double)(into->count + from->count);
	bounds(into, from->min, from->max);
	into->mean += off * share;
	into->squares += from->squares + off * off * share * (double)into->count;
	into->count += from->count;
	for (uint32_t i = 0; i < from->used; i++)
		add_many(into, from->buckets[i].index, from->buckets[i].count, room);
}

void latency_add_many(struct latency *l, uint64_t ns, uint64_t count, size_t *room)
{
	struct latency_bucket bucket = { .index = spread_bucket(ns), .count = count };
	const struct latency many = {
		.buckets = &bucket, .used = 1, .count = count, .min = ns, .max = ns, .mean = (double)ns
	};
	latency_merge(l, &many, room);
}

void latency_count(struct latency *l, unsigned bucket, uint64_t count)
{
	add_many(l, bucket, count, NULL);
}

/* In long double: both terms of the difference are large and nearly equal. */
void latency_exact(struct latency *l, const struct latency_sums *sums)
{
	long double squares = ldexpl(sums->squares.high, 64) + sums->squares.low, sum = sums->sum;
	bounds(l, sums->min, sums->max);
	l->count += sums->count;
	l->mean = l->count ? (double)(sum / l->count) : 0;
	l->squares = l->count ? (double)fmaxl(squares - sum * sum / l->count, 0) : 0;
}

uint64_t latency_percentile(const struct latency *l, double percent)
{
	if (l->count == 0)
		return 0;
	double rank = percent / 100 * (double)l->count;
	uint64_t seen = 0;
	if (rank <= 1)
		return l->min;
	if (rank > (double)(l->count - 1))
		return l->max;
	for (uint32_t i = 0; i < l->used; i++) {
		seen += l->buckets[i].count;
		if ((double)seen < rank)
			continue;
		uint64_t value = value_of(l->buckets[i].index);
		return value < l->min ? l->min : value > l->max ? l->max : value;
	}
	return l->max;
}

double latency_deviation(const struct latency *l)
{
	return l->count ? sqrt(l->squares / (double)l->count) : 0;
}

uint64_t latency_above(const struct latency *l, double ns)
{
	uint64_t above = 0;
	if ((double)l->max <= ns)
		return 0;
	for (uint32_t i = l->used; i > 0 && (double)value_of(l->buckets[i - 1].index) > ns; i--)
		above += l->buckets[i - 1].count;
	return above ? above : 1; /* the maximum does, whatever the middle of its bucket */
}

void latency_powers(const struct latency *l, uint64_t counts[LATENCY_POWERS])
{
	memset(counts, 0, LATENCY_POWERS * sizeof(*counts));
	for (uint32_t i = 0; i < l->used; i++)
		counts[63 - __builtin_clzll(value_of(l->buckets[i].index) | 1)] += l->buckets[i].count;
}
