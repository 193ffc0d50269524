/* SPDX-License-Identifier: BSD-2-Clause */
#include "covered.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4, FIRST_GRANULE = 4096 };

void covered_free(struct covered *c)
{
	free(c->ranges);
	*c = (struct covered){ 0 };
}

/* The first range that ends at or after the offset. */
static uint32_t first_behind(const struct covered *c, uint64_t offset)
{
	uint32_t low = 0, high = c->used;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (c->ranges[middle].end >= offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Calls that go on where the one before ended find their range without a search. */
static bool goes_on(struct covered *c, uint64_t start, uint64_t end)
{
	if (c->last >= c->used)
		return false;
	struct covered_range *r = &c->ranges[c->last];
	if (start < r->start || start > r->end || (c->last + 1 < c->used && end >= r[1].start))
		return false;
	if (end > r->end)
		r->end = end;
	return true;
}

static bool grow(struct covered *c, size_t *room)
{
	uint32_t cap = c->cap ? c->cap * 2 : FIRST_ROOM;
	size_t more = (cap - c->cap) * sizeof(*c->ranges);
	if (cap > COVERED_MAX || *room < more)
		return false;
	void *ranges = realloc(c->ranges, cap * sizeof(*c->ranges));
	if (!ranges)
		return false;
	c->ranges = ranges;
	c->cap = cap;
	*room -= more;
	return true;
}

static uint64_t whole_granules(uint64_t end, uint64_t granule)
{
	return end > UINT64_MAX - granule ? UINT64_MAX : (end + granule - 1) & ~(granule - 1);
}

/* Makes ranges of whole granules, twice as large as before, until a quarter of the memory is free. */
static void coarsen(struct covered *c)
{
	do {
		uint32_t kept = 0;
		c->granule = !c->granule ? FIRST_GRANULE : c->granule >> 62 ? c->granule : c->granule * 2;
		for (uint32_t i = 0; i < c->used; i++) {
			struct covered_range r = { c->ranges[i].start & ~(c->granule - 1),
				whole_granules(c->ranges[i].end, c->granule) };
			if (kept && r.start <= c->ranges[kept - 1].end)
				c->ranges[kept - 1].end = r.end;
			else
				c->ranges[kept++] = r;
		}
		c->used = kept;
	} while (c->used > c->cap - c->cap / 4 && !(c->granule >> 62));
	c->last = c->used;
}

static void insert(struct covered *c, uint32_t at, uint64_t start, uint64_t end)
{
	memmove(&c->ranges[at + 1], &c->ranges[at], (c->used - at) * sizeof(*c->ranges));
	c->ranges[at] = (struct covered_range){ start, end };
	c->used++;
	c->last = at;
}

/* Joins [start, end) with the ranges from `at` on that it touches, of which there is one at least. */
static void join(struct covered *c, uint32_t at, uint64_t start, uint64_t end)
{
	struct covered_range *r = &c->ranges[at];
	uint32_t behind = at;
	while (behind < c->used && c->ranges[behind].start <= end)
		behind++;
	if (start < r->start)
		r->start = start;
	r->end = c->ranges[behind - 1].end > end ? c->ranges[behind - 1].end : end;
	memmove(&c->ranges[at + 1], &c->ranges[behind], (c->used - behind) * sizeof(*c->ranges));
	c->used -= behind - at - 1;
	c->last = at;
}

static void add(struct covered *c, uint64_t start, uint64_t end, size_t *room)
{
	if (c->granule) {
		start &= ~(c->granule - 1);
		end = whole_granules(end, c->granule);
	}
	if (goes_on(c, start, end))
		return;
	uint32_t at = first_behind(c, start);
	if (at < c->used && c->ranges[at].start <= end) {
		join(c, at, start, end);
	} else if (c->used < c->cap || grow(c, room)) {
		insert(c, at, start, end);
	} else if (c->cap) {
		coarsen(c);
		add(c, start, end, room); /* there is room now, or one range has all */
	} else {
		c->failed = true;
	}
}

void covered_add(struct covered *c, uint64_t start, uint64_t end, size_t *room)
{
	if (end <= start || c->failed)
		return;
	if (end > c->top)
		c->top = end;
	add(c, start, end, room);
}

static uint64_t overlap(uint64_t start, uint64_t end, uint64_t from, uint64_t to)
{
	start = start > from ? start : from;
	end = end < to ? end : to;
	return end > start ? end - start : 0;
}

uint64_t covered_bytes(const struct covered *c, uint64_t from, uint64_t to)
{
	uint64_t bytes = 0;
	to = to < c->top ? to : c->top;
	for (uint32_t i = first_behind(c, from); i < c->used && c->ranges[i].start < to; i++)
		bytes += overlap(c->ranges[i].start, c->ranges[i].end, from, to);
	return bytes;
}

uint64_t covered_common(const struct covered *a, const struct covered *b, uint64_t from, uint64_t to)
{
	uint64_t bytes = 0;
	to = to < a->top ? to : a->top;
	to = to < b->top ? to : b->top;
	uint32_t i = first_behind(a, from), j = first_behind(b, from);
	while (i < a->used && j < b->used && a->ranges[i].start < to && b->ranges[j].start < to) {
		const struct covered_range *x = &a->ranges[i], *y = &b->ranges[j];
		uint64_t start = x->start > y->start ? x->start : y->start;
		uint64_t end = x->end < y->end ? x->end : y->end;
		bytes += overlap(start, end, from, to);
		if (x->end < y->end)
			i++;
		else
			j++;
	}
	return bytes;
}
