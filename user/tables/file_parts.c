/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is not added, and counts as unplaced */
#include "file_parts.h"

#include <stdlib.h>
#include <string.h>

#include "user/modelfile/regions.h"

enum {
	FIRST_ROOM = 4,
	TABLE_BYTES = 1024,
	NODE_BYTES = 32
}; /* the last two: estimates of uthash and malloc */

/* Adding operations to a file's parts. */
struct adding {
	struct file_parts *parts;
	const struct file_op *op;
	size_t *room;
};

/* Adds the share of the operations on [from, to). */
static void add_to(const struct adding *a, struct file_counts *counts, uint64_t from, uint64_t to)
{
	file_op_add_share(a->op, from - a->op->start, to - a->op->start, counts);
}

/* ---- named parts ---- */

static struct named_part *named_new(struct file_parts *parts, struct span name, size_t *room)
{
	size_t bytes = sizeof(struct named_part) + name.len,
	       all = bytes + NODE_BYTES + (parts->named ? 0 : TABLE_BYTES);
	struct named_part *part = *room < all ? NULL : calloc(1, bytes);
	if (!part)
		return NULL;
	part->len = name.len;
	part->cut = name.cut;
	memcpy(part->name, name.data, name.len);
	HASH_ADD_KEYPTR(hh, parts->named, part->name, name.len, part);
	if (!part->hh.tbl) {
		free(part);
		return NULL;
	}
	*room -= all;
	return part;
}

/* NULL: no memory for it. */
static struct named_part *named_of(struct file_parts *parts, struct span name, size_t *room)
{
	struct named_part *part = parts->last_named;
	if (part && part->len == name.len && memcmp(part->name, name.data, name.len) == 0)
		return part;
	HASH_FIND(hh, parts->named, name.data, name.len, part);
	if (!part)
		part = named_new(parts, name, room);
	if (part)
		parts->last_named = part;
	return part;
}

static void add_named(const struct adding *a, const struct region_range *region, uint64_t from, uint64_t to)
{
	struct named_part *part = named_of(a->parts, region->name, a->room);
	if (part) {
		part->start = region->start;
		part->end = region->end;
	}
	add_to(a, part ? &part->counts : &a->parts->unplaced, from, to);
}

/* ---- ranges ---- */

static uint32_t ranges_most(uint64_t granule)
{
	return granule < RANGE_LAST ? RANGES_KEPT : RANGES_LAST;
}

/* Makes granules twice as large. */
static void coarsen(struct file_parts *parts)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < parts->used; i++) {
		struct range_part *range = &parts->ranges[i];
		range->index /= 2;
		if (kept && parts->ranges[kept - 1].index == range->index) {
			file_counts_add(&parts->ranges[kept - 1].counts, &range->counts);
		} else {
			parts->ranges[kept++] = *range;
		}
	}
	parts->used = kept;
	parts->last = 0;
	parts->granule *= 2;
}

/* The first range whose index is not below. */
static uint32_t range_at(const struct file_parts *parts, uint64_t index)
{
	uint32_t low = 0, high = parts->used;
	if (parts->last < parts->used && parts->ranges[parts->last].index == index)
		return parts->last;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (parts->ranges[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct file_parts *parts, size_t *room)
{
	uint32_t cap = parts->cap ? parts->cap * 2 : FIRST_ROOM;
	size_t more = (cap - parts->cap) * sizeof(*parts->ranges);
	void *ranges = *room < more ? NULL : realloc(parts->ranges, cap * sizeof(*parts->ranges));
	if (!ranges)
		return false;
	parts->ranges = ranges;
	parts->cap = cap;
	*room -= more;
	return true;
}

/* The range of an offset. NULL: no memory for it. */
static struct range_part *range_of(struct file_parts *parts, uint64_t offset, size_t *room)
{
	uint32_t at = range_at(parts, offset / parts->granule);
	bool there = at < parts->used && parts->ranges[at].index == offset / parts->granule;
	while (!there && parts->used >= ranges_most(parts->granule)) {
		coarsen(parts);
		at = range_at(parts, offset / parts->granule);
		there = at < parts->used && parts->ranges[at].index == offset / parts->granule;
	}
	if (!there && parts->used == parts->cap && !grow(parts, room))
		return NULL;
	if (!there) {
		memmove(&parts->ranges[at + 1], &parts->ranges[at],
			(parts->used - at) * sizeof(*parts->ranges));
		parts->ranges[at] = (struct range_part){ .index = offset / parts->granule };
		parts->used++;
	}
	parts->last = at;
	return &parts->ranges[at];
}

static void add_ranges(const struct adding *a, uint64_t from, uint64_t to)
{
	struct file_parts *parts = a->parts;
	if (!parts->granule)
		parts->granule = RANGE_FIRST;
	while ((to - 1) / parts->granule - from / parts->granule >= ranges_most(parts->granule))
		coarsen(parts);
	while (from < to) {
		struct range_part *range = range_of(parts, from, a->room);
		uint64_t left = parts->granule - from % parts->granule; /* as it is now */
		uint64_t end = left < to - from ? from + left : to;
		add_to(a, range ? &range->counts : &parts->unplaced, from, end);
		from = end;
	}
}

/* ---- operations ---- */

/* Bytes between the regions have no name. */
static void add_regions(const struct adding *a, const struct place *place, uint64_t at, uint64_t end)
{
	struct region_range region;
	for (uint32_t i = place->from; i <= place->to && regions_at(place->regions, i, &region); i++) {
		uint64_t from = region.start > at ? region.start : at,
			 to = region.end < end ? region.end : end;
		if (from >= to)
			continue;
		if (from > at)
			add_ranges(a, at, from);
		add_named(a, &region, from, to);
		at = to;
	}
	if (at < end)
		add_ranges(a, at, end);
}

void file_parts_add(struct file_parts *parts, const struct file_op *op, bool by_name, size_t *room)
{
	const struct adding a = { parts, op, room };
	const struct place *place = by_name ? op->place : NULL;
	if (op->all.bytes == 0 || op->way == WAY_MAP)
		return; /* about none of the file's bytes, or about more than were used */
	if (!op->located || op->all.bytes > UINT64_MAX - op->start) {
		file_op_add_share(op, 0, op->all.bytes, &parts->unplaced);
	} else if (!place) {
		add_ranges(&a, op->start, op->start + op->all.bytes);
	} else if (place->regions) {
		add_regions(&a, place, op->start, op->start + op->all.bytes);
	} else {
		add_named(&a, &(struct region_range){ .name = place->first }, op->start,
			op->start + op->all.bytes);
	}
}

void file_parts_free(struct file_parts *parts)
{
	struct named_part *part, *next;
	HASH_ITER (hh, parts->named, part, next) {
		HASH_DEL(parts->named, part);
		free(part);
	}
	free(parts->ranges);
}

/* ---- layers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number is a whole piece between dots: the 3 of "conv3.weight" is none. */
uint32_t layer_name_len(struct span tensor)
{
	for (uint32_t at = 0; at < tensor.len;) {
		uint32_t end = at;
		bool number = true;
		for (; end < tensor.len && tensor.data[end] != '.' && tensor.data[end] != '/'; end++)
			number &= is_digit(tensor.data[end]);
		if (number && end > at && at > 0)
			return end;
		at = end + 1;
	}
	return tensor.len;
}
