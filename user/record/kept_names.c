/* SPDX-License-Identifier: BSD-2-Clause */
#include "kept_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/text.h"

/* All records of the names of one file. */
struct names_set {
	struct names_set *next; /* the one that came after it */
	uint64_t number, chunk;
	struct file_id id;
	struct text records; /* each at a multiple of 8 bytes */
};

struct kept_names {
	struct names_set *first, *last;
	uint64_t sets; /* so far */
	size_t bytes;
};

struct kept_names *kept_names_new(void)
{
	return calloc(1, sizeof(struct kept_names));
}

static void drop(struct kept_names *kept, struct names_set **at)
{
	struct names_set *set = *at;
	*at = set->next;
	kept->bytes -= set->records.len;
	text_free(&set->records);
	free(set);
}

/* After sets were dropped. */
static void find_last(struct kept_names *kept)
{
	kept->last = kept->first;
	while (kept->last && kept->last->next)
		kept->last = kept->last->next;
}

void kept_names_free(struct kept_names *kept)
{
	while (kept && kept->first)
		drop(kept, &kept->first);
	free(kept);
}

static struct names_set *new_set(struct kept_names *kept, const struct event_names *record, uint64_t chunk)
{
	struct names_set *set = calloc(1, sizeof(*set));
	if (!set)
		return NULL;
	set->number = ++kept->sets;
	set->chunk = chunk;
	set->id = record->id;
	*(kept->last ? &kept->last->next : &kept->first) = set;
	kept->last = set;
	return set;
}

uint64_t kept_names_next(const struct kept_names *kept)
{
	return kept->sets + 1;
}

int kept_names_add(struct kept_names *kept, const struct event_header *record, uint64_t chunk)
{
	const struct event_names *names = (const void *)record;
	size_t size = (record->size + 7u) & ~(size_t)7;
	while (kept->first != kept->last && kept->bytes + size > KEPT_NAMES_MAX)
		drop(kept, &kept->first);
	if (names->from == 0 && !new_set(kept, names, chunk))
		return -ENOMEM;
	struct names_set *set = kept->last;
	if (!set || kept->bytes + size > KEPT_NAMES_MAX)
		return 0; /* cut short, they are not taken for whole */
	if (!text_room(&set->records, size))
		return -ENOMEM;
	memset(set->records.data + set->records.len, 0, size);
	memcpy(set->records.data + set->records.len, record, record->size);
	set->records.len += size;
	kept->bytes += size;
	return 0;
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}

static bool replaced(const struct names_set *set, uint64_t first)
{
	for (const struct names_set *later = set->next; later && later->chunk < first; later = later->next)
		if (same_file(&later->id, &set->id))
			return true;
	return false;
}

void kept_names_trim(struct kept_names *kept, uint64_t first)
{
	for (struct names_set **at = &kept->first; *at && (*at)->chunk < first;) {
		if (replaced(*at, first))
			drop(kept, at);
		else
			at = &(*at)->next;
	}
	find_last(kept);
}

static int take_set(const struct names_set *set, timeline_take take, void *ctx)
{
	int err = 0;
	for (size_t at = 0; at < set->records.len && !err;) {
		const struct event_header *record = (const void *)(set->records.data + at);
		err = take(ctx, record, 0);
		at += (record->size + 7u) & ~(size_t)7;
	}
	return err;
}

int kept_names_before(const struct kept_names *kept, uint64_t first, timeline_take take, void *ctx)
{
	int err = 0;
	for (const struct names_set *set = kept->first; set && set->chunk < first && !err; set = set->next)
		err = take_set(set, take, ctx);
	return err;
}

int kept_names_at(const struct kept_names *kept, uint64_t number, timeline_take take, void *ctx)
{
	for (const struct names_set *set = kept->first; set; set = set->next)
		if (set->number == number)
			return take_set(set, take, ctx);
	return 0;
}
