/* SPDX-License-Identifier: BSD-2-Clause */
#include "regions_build.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/text.h"

struct region {
	uint64_t start, end;
	struct region_name name;
};

struct regions {
	const char *format;
	struct region *all; /* by start; they do not overlap */
	uint32_t count, room;
	struct text names;
	enum regions_fault fault;
	struct region_name faulty, other;
	uint32_t listed;
	struct shard shard;
	char *shard_texts; /* NULL: it is no shard */
};

/* The largest end of a region that has a size of its own. */
#define END_MAX (REGION_TO_NEXT - 1)

/* ---- building ---- */

struct regions *regions_create(const char *format)
{
	struct regions *r = calloc(1, sizeof(*r));
	if (r)
		r->format = format;
	return r;
}

struct region_name regions_keep_name(struct regions *r, const char *bytes, size_t len)
{
	struct region_name name = { (uint32_t)r->names.len, (uint32_t)len };
	if (len <= HEADER_MAX && r->names.len <= HEADER_MAX)
		text_add(&r->names, bytes, len);
	else
		r->names.failed = true;
	return name;
}

struct region_name regions_take_name(struct regions *r, struct header *h, uint64_t len)
{
	struct region_name name = { (uint32_t)r->names.len, 0 };
	if (len > header_left(h)) {
		h->failed = true;
		return name;
	}
	if (len == 0)
		return name;
	if (r->names.len > HEADER_MAX || !text_room(&r->names, len)) {
		r->names.failed = true;
		return name;
	}
	header_take(h, r->names.data + r->names.len, len);
	r->names.len += len;
	name.len = (uint32_t)len;
	return name;
}

bool regions_add(struct regions *r, uint64_t start, uint64_t size, struct region_name name)
{
	if (r->names.failed || r->count >= REGIONS_MAX)
		return false;
	r->listed++;
	if (size == 0)
		return true;
	if (r->count == r->room) {
		uint32_t room = r->room ? r->room * 2 : 64;
		struct region *all = reallocarray(r->all, room, sizeof(*all));
		if (!all)
			return false;
		r->all = all;
		r->room = room;
	}
	uint64_t end = size == REGION_TO_NEXT   ? REGION_TO_NEXT
		       : size > END_MAX - start ? END_MAX
						: start + size;
	r->all[r->count++] = (struct region){ start, end, name };
	return true;
}

bool regions_add_header(struct regions *r, const char *name, uint64_t size)
{
	bool added = regions_add(r, 0, size, regions_keep_name(r, name, strlen(name)));
	r->listed -= added;
	return added;
}

bool regions_set_shard(struct regions *r, const struct shard *shard)
{
	char *texts = malloc(shard->model.len + (size_t)shard->fault.len + 1);
	if (!texts)
		return false;
	struct shard kept = *shard;
	if (shard->model.data)
		kept.model.data = memcpy(texts, shard->model.data, shard->model.len);
	if (shard->fault.data)
		kept.fault.data = memcpy(texts + shard->model.len, shard->fault.data, shard->fault.len);
	free(r->shard_texts);
	r->shard_texts = texts;
	r->shard = kept;
	return true;
}

void regions_shift(struct regions *r, uint64_t by)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct region *region = &r->all[i];
		/* one beyond the largest offset keeps a place there */
		region->start = region->start < END_MAX - 1 - by ? region->start + by : END_MAX - 1;
		if (region->end != REGION_TO_NEXT)
			region->end = region->end < END_MAX - by ? region->end + by : END_MAX;
	}
}

/* By start; equal starts in the order of the header, which is the order of the names. */
static int compare(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->name.at < y->name.at ? -1 : x->name.at > y->name.at;
}

static void note_fault(
	struct regions *r, enum regions_fault fault, const struct region *region, const struct region *other)
{
	if (r->fault)
		return;
	r->fault = fault;
	r->faulty = region->name;
	r->other = other->name;
}

/* The end of a region that another follows; `file_size` limits those that reach to the next. */
static uint64_t end_before(
	struct regions *r, const struct region *region, const struct region *next, uint64_t file_size)
{
	uint64_t end = region->end;
	if (end == REGION_TO_NEXT)
		end = next && next->start < file_size ? next->start : file_size;
	else if (end > file_size && region->start > 0)
		note_fault(r, REGIONS_BEYOND, region, region);
	if (region->start >= file_size)
		note_fault(r, REGIONS_BEYOND, region, region);
	if (region->start == 0 && end > file_size)
		end = file_size; /* padding behind the header may be missing */
	if (next && (end > next->start || region->start == next->start)) {
		note_fault(r, REGIONS_OVERLAP, region, next);
		end = next->start;
	}
	return end;
}

/* Where regions overlap, which no format intends, the bytes belong to the one that begins last. */
static void put_in_order(struct regions *r, uint64_t file_size)
{
	if (r->count > 0)
		qsort(r->all, r->count, sizeof(*r->all), compare);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < r->count; i++) {
		struct region region = r->all[i];
		region.end = end_before(r, &region, i + 1 < r->count ? &r->all[i + 1] : NULL, file_size);
		if (region.end > region.start)
			r->all[kept++] = region;
	}
	r->count = kept;
}

/* Gives spare memory back. */
static void fit(struct regions *r)
{
	struct region *all = reallocarray(r->all, r->count ? r->count : 1, sizeof(*all));
	if (all) {
		r->all = all;
		r->room = r->count ? r->count : 1;
	}
	char *names = realloc(r->names.data, r->names.len ? r->names.len : 1);
	if (names) {
		r->names.data = names;
		r->names.cap = r->names.len ? r->names.len : 1;
	}
}

const char *regions_why(const struct regions *r)
{
	return r->count >= REGIONS_MAX ? "it has more than 1000000 tensors" : "out of memory";
}

bool regions_finish(struct regions *r, uint64_t file_size)
{
	if (r->names.failed)
		return false;
	put_in_order(r, file_size);
	fit(r);
	return true;
}

void regions_free(struct regions *r)
{
	if (!r)
		return;
	free(r->all);
	text_free(&r->names);
	free(r->shard_texts);
	free(r);
}

size_t regions_bytes(const struct regions *r)
{
	return sizeof(*r) + r->room * sizeof(*r->all) + r->names.cap + r->shard.model.len +
	       r->shard.fault.len;
}

/* ---- finding ---- */

/* The first region that ends after the offset; count if none. */
static uint32_t first_behind(const struct regions *r, uint64_t offset)
{
	uint32_t low = 0, high = r->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (r->all[middle].end > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct span text_of(const struct regions *r, struct region_name name)
{
	return (struct span){ name.len ? r->names.data + name.at : "", name.len, false };
}

static struct span name_of(const struct regions *r, const struct region *region)
{
	return text_of(r, region->name);
}

/* What a file has of others begins with a tensor, not with a header. */
static bool is_header(const struct regions *r, const struct region *region)
{
	static const char *const words[] = { "header", "manifest" };
	struct span name = text_of(r, region->name);
	for (size_t i = 0; region->start == 0 && i < sizeof(words) / sizeof(*words); i++)
		if (name.len == strlen(words[i]) && memcmp(name.data, words[i], name.len) == 0)
			return true;
	return false;
}

bool regions_find(const struct regions *r, uint64_t offset, uint64_t length, struct place *place)
{
	uint64_t last = length == 0                    ? offset
			: length > UINT64_MAX - offset ? UINT64_MAX
						       : offset + length - 1;
	uint32_t i = first_behind(r, offset);
	if (i == r->count || r->all[i].start > last)
		return false;
	const struct region *first = &r->all[i];
	uint32_t j = first_behind(r, last);
	if (j == r->count || r->all[j].start > last)
		j--; /* the last byte lies in a gap */
	*place = (struct place){
		.first = name_of(r, first),
		.offset = offset > first->start ? offset - first->start : 0,
		.header = is_header(r, first),
		.regions = r,
		.from = i,
		.to = j,
	};
	if (j > i)
		place->last = name_of(r, &r->all[j]);
	return true;
}

enum regions_fault regions_fault(const struct regions *r, struct span *name, struct span *other)
{
	*name = text_of(r, r->faulty);
	*other = text_of(r, r->other);
	return r->fault;
}

const struct shard *regions_shard(const struct regions *r)
{
	return r->shard_texts ? &r->shard : NULL;
}

uint32_t regions_listed(const struct regions *r)
{
	return r->listed;
}

const char *regions_format(const struct regions *r)
{
	return r->format;
}

bool regions_at(const struct regions *r, uint32_t index, struct region_range *range)
{
	if (index >= r->count)
		return false;
	const struct region *region = &r->all[index];
	*range = (struct region_range){ region->start, region->end, name_of(r, region) };
	return true;
}

bool regions_any(const struct place *place, bool (*wanted)(void *ctx, struct span name), void *ctx)
{
	const struct regions *r = place->regions;
	if (!r)
		return wanted(ctx, place->first);
	for (uint32_t i = place->from + place->header; i <= place->to; i++)
		if (wanted(ctx, name_of(r, &r->all[i])))
			return true;
	return false;
}
