/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is not added */
#include "part_list.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "user/tables/file_parts.h"

/* --- which bytes belong to which part --- */

/* A part by its name, while the list is made. */
struct named {
	uint32_t part;
	UT_hash_handle hh;
};

struct making {
	struct part_list *list;
	struct named *names, *named; /* uthash, and its entries */
	struct span *spans;          /* the name of each part */
	enum parts_of of;
};

static uint32_t count_regions(const struct regions *regions)
{
	struct region_range range;
	uint32_t count = 0;
	while (regions_at(regions, count, &range))
		count++;
	return count;
}

/* The part with this name, or a new one. PARTS_MAX: there are too many, or no memory. */
static uint32_t part_named(struct making *making, struct span name)
{
	struct part_list *list = making->list;
	struct named *named;
	HASH_FIND(hh, making->names, name.data, name.len, named);
	if (named)
		return named->part;
	if (list->count == PARTS_MAX)
		return PARTS_MAX;
	named = &making->named[list->count];
	named->part = list->count;
	HASH_ADD_KEYPTR(hh, making->names, name.data, name.len, named);
	if (!named->hh.tbl)
		return PARTS_MAX;
	making->spans[list->count] = name;
	return list->count++;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool take_region(struct making *making, uint32_t index, const struct region_range *range)
{
	struct span name = range->name;
	if (making->of == PARTS_LAYERS)
		name.len = layer_name_len(name);
	uint32_t at = part_named(making, name);
	if (at == PARTS_MAX)
		return false;
	struct file_part *part = &making->list->parts[at];
	if (!part->tensors)
		part->start = range->start;
	part->tensors++;
	if (range->start < making->list->file_size)
		part->size += lesser(range->end, making->list->file_size) - range->start;
	making->list->part_of[index] = at;
	return true;
}

static bool keep_names(struct making *making)
{
	struct part_list *list = making->list;
	size_t room = 0;
	for (uint32_t i = 0; i < list->count; i++)
		room += making->spans[i].len + 1;
	char *at = list->names = malloc(room ? room : 1);
	for (uint32_t i = 0; at && i < list->count; i++) {
		memcpy(at, making->spans[i].data, making->spans[i].len);
		at[making->spans[i].len] = '\0';
		list->parts[i].name = at;
		at += making->spans[i].len + 1;
	}
	list->bytes += room;
	return at != NULL;
}

static const char *make(struct making *making, uint32_t regions)
{
	struct part_list *list = making->list;
	struct region_range range;
	uint32_t most = regions < PARTS_MAX ? regions : PARTS_MAX, at = 0;
	list->part_of = calloc(regions + 1, sizeof(*list->part_of));
	list->parts = calloc(most + 1, sizeof(*list->parts));
	making->named = calloc(most + 1, sizeof(*making->named));
	making->spans = calloc(most + 1, sizeof(*making->spans));
	if (!list->part_of || !list->parts || !making->named || !making->spans)
		return "out of memory";
	while (regions_at(list->regions, at, &range) && take_region(making, at, &range))
		at++;
	if (at < regions)
		return list->count < PARTS_MAX ? "out of memory" : "it has more than 65536 parts";
	list->bytes = sizeof(*list) + regions_bytes(list->regions) + regions * sizeof(*list->part_of) +
		      most * sizeof(*list->parts);
	return keep_names(making) ? NULL : "out of memory";
}

struct part_list *part_list_new(struct regions *regions, uint64_t size, enum parts_of of, const char **why)
{
	struct making making = { .list = calloc(1, sizeof(*making.list)), .of = of };
	if (!making.list) {
		*why = "out of memory";
		regions_free(regions);
		return NULL;
	}
	making.list->regions = regions;
	making.list->file_size = size;
	*why = make(&making, count_regions(regions));
	HASH_CLEAR(hh, making.names);
	free(making.named);
	free(making.spans);
	if (!*why)
		return making.list;
	part_list_free(making.list);
	return NULL;
}

void part_list_free(struct part_list *list)
{
	if (!list)
		return;
	regions_free(list->regions);
	free(list->parts);
	free(list->part_of);
	free(list->names);
	free(list);
}

/* --- counting --- */

static void change_part(struct file_part *part, uint64_t bytes, enum part_change change)
{
	switch (change) {
	case PART_SEEN:
		part->seen += bytes;
		break;
	case PART_LOOKED:
		part->looking += bytes;
		break;
	case PART_BACK:
		part->total.back += bytes;
		part->has_come_back = true;
		__attribute__((fallthrough));
	case PART_CAME:
		part->total.came += bytes;
		__attribute__((fallthrough));
	case PART_FOUND:
		part->present += bytes;
		break;
	case PART_WENT:
		part->total.went += bytes;
		part->present -= bytes;
		part->has_gone = true;
		break;
	}
}

void part_list_add(struct part_list *list, uint64_t from, uint64_t to, enum part_change change)
{
	struct place place;
	struct region_range range;
	to = lesser(to, list->file_size);
	if (from >= to || !regions_find(list->regions, from, to - from, &place))
		return;
	for (uint32_t i = place.from; i <= place.to && regions_at(list->regions, i, &range); i++) {
		uint64_t start = range.start > from ? range.start : from;
		uint64_t end = lesser(range.end, to);
		if (start < end)
			change_part(&list->parts[list->part_of[i]], end - start, change);
	}
}

/* In one round bytes may have gone before others came back, or after: the part is then reloaded, and not whole. */
static void end_round(struct file_part *part)
{
	if (part->has_come_back && (part->lost || part->has_gone)) {
		part->total.reloads++;
		part->lost = false;
	}
	part->lost |= part->has_gone;
	part->has_gone = part->has_come_back = false;
}

void part_list_end_round(struct part_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		end_round(&list->parts[i]);
}

static struct part_counts since(const struct part_counts *now, const struct part_counts *before)
{
	return (struct part_counts){
		.came = now->came - before->came,
		.went = now->went - before->went,
		.back = now->back - before->back,
		.reloads = now->reloads - before->reloads,
	};
}

void part_list_end_interval(struct part_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		struct file_part *part = &list->parts[i];
		part->last = since(&part->total, &part->before);
		part->before = part->total;
		part->looked = part->looking;
		part->looking = 0;
	}
}

/* --- what is shown --- */

enum part_state part_state(const struct file_part *part)
{
	if (part->seen < part->size)
		return PART_UNKNOWN;
	if (!part->present)
		return PART_OUT;
	if (part->last.back)
		return PART_RELOADED;
	return part->present < part->size ? PART_PARTLY : PART_IN;
}

const char *part_state_word(enum part_state state)
{
	static const char *const words[PART_STATES] = { [PART_UNKNOWN] = "-",
		[PART_OUT] = "out",
		[PART_PARTLY] = "partly",
		[PART_IN] = "in",
		[PART_RELOADED] = "reloaded" };
	return words[state];
}

struct part_sums part_list_sums(const struct part_list *list)
{
	struct part_sums sums = { 0 };
	for (uint32_t i = 0; i < list->count; i++) {
		const struct file_part *part = &list->parts[i];
		sums.states[part_state(part)]++;
		sums.size += part->size;
		sums.present += part->present;
		sums.looked += part->looked;
		sums.last.came += part->last.came;
		sums.last.went += part->last.went;
		sums.last.back += part->last.back;
		sums.last.reloads += part->last.reloads;
	}
	return sums;
}
