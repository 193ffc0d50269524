/* SPDX-License-Identifier: BSD-2-Clause */
#include "regions_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/text.h"

struct region {
	uint64_t start, end;
	struct region_name name;
};

struct regions {
	const struct region_format *format;
	struct region *all; /* by start; they do not overlap */
	uint32_t count, room;
	struct text names;
};

static const struct region_format *const formats[] = { &regions_apbundle, &regions_gguf,
	&regions_safetensors };

/* ---- building ---- */

struct region_name regions_keep_name(struct regions *r, const char *bytes, size_t len)
{
	struct region_name name = { (uint32_t)r->names.len, (uint32_t)len };
	if (len <= REGIONS_HEADER_MAX && r->names.len <= REGIONS_HEADER_MAX)
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
	if (r->names.len > REGIONS_HEADER_MAX || !text_room(&r->names, len)) {
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
	uint64_t end = size > UINT64_MAX - start ? UINT64_MAX : start + size;
	r->all[r->count++] = (struct region){ start, end, name };
	return true;
}

bool regions_add_header(struct regions *r, const char *name, uint64_t size)
{
	return regions_add(r, 0, size, regions_keep_name(r, name, strlen(name)));
}

void regions_shift(struct regions *r, uint64_t by)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct region *region = &r->all[i];
		/* what would pass the largest offset gets no bytes */
		if (__builtin_add_overflow(region->start, by, &region->start))
			region->start = UINT64_MAX;
		if (__builtin_add_overflow(region->end, by, &region->end))
			region->end = UINT64_MAX;
	}
}

/* By start; of those that start together, by their place in the header (the names are in its order). */
static int compare(const void *a, const void *b)
{
	const struct region *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->name.at < y->name.at ? -1 : x->name.at > y->name.at;
}

/* Where regions overlap, the bytes are the last one's that began: no format of the three means it so. */
static void put_in_order(struct regions *r, uint64_t file_size)
{
	qsort(r->all, r->count, sizeof(*r->all), compare);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < r->count; i++) {
		struct region region = r->all[i];
		if (i + 1 < r->count && region.end > r->all[i + 1].start)
			region.end = r->all[i + 1].start;
		else if (region.end == UINT64_MAX)
			region.end = file_size;
		if (region.end > region.start)
			r->all[kept++] = region;
	}
	r->count = kept;
}

/* Gives back what growing took too much. */
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

/* ---- reading ---- */

static ssize_t read_some(int fd, void *out, size_t size, uint64_t offset)
{
	return TEMP_FAILURE_RETRY(pread(fd, out, size, (off_t)offset));
}

static const struct region_format *format_of(int fd, uint64_t size)
{
	unsigned char start[16] = { 0 };
	if (read_some(fd, start, sizeof(start), 0) <= 0)
		return NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (formats[i]->is(start, size))
			return formats[i];
	return NULL;
}

const char *regions_format_of(int fd, uint64_t size)
{
	const struct region_format *format = format_of(fd, size);
	return format ? format->name : NULL;
}

struct regions *regions_read(int fd, uint64_t size)
{
	/* what the traced program did not ask for shall not come into the page cache by reading ahead */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	const struct region_format *format = format_of(fd, size);
	if (!format)
		return NULL;
	struct regions *r = calloc(1, sizeof(*r));
	struct header *h = calloc(1, sizeof(*h));
	bool good = r && h;
	if (good) {
		r->format = format;
		h->fd = fd;
		h->file_size = size;
		h->end = size < REGIONS_HEADER_MAX ? size : REGIONS_HEADER_MAX;
		good = format->parse(h, r) && !h->failed && !r->names.failed;
	}
	free(h);
	if (!good) {
		regions_free(r);
		return NULL;
	}
	put_in_order(r, size);
	fit(r);
	return r;
}

void regions_free(struct regions *r)
{
	if (!r)
		return;
	free(r->all);
	text_free(&r->names);
	free(r);
}

size_t regions_bytes(const struct regions *r)
{
	return sizeof(*r) + r->room * sizeof(*r->all) + r->names.cap;
}

/* ---- the header's bytes ---- */

uint64_t header_pos(const struct header *h)
{
	return h->fetched - (h->have - h->at);
}

uint64_t header_left(const struct header *h)
{
	return h->failed ? 0 : h->end - header_pos(h);
}

/* The next bytes of the file into an empty window. */
static void refill(struct header *h)
{
	uint64_t left = h->end - h->fetched;
	size_t want = left < sizeof(h->window) ? (size_t)left : sizeof(h->window);
	ssize_t got = read_some(h->fd, h->window, want, h->fetched);
	h->at = h->have = 0;
	if (got <= 0) {
		h->failed = true;
		return;
	}
	h->have = (size_t)got;
	h->fetched += (uint64_t)got;
}

void header_take(struct header *h, void *out, size_t size)
{
	char *to = out;
	if (size > header_left(h))
		h->failed = true;
	while (size > 0 && !h->failed) {
		if (h->at == h->have) {
			refill(h);
			continue;
		}
		size_t n = h->have - h->at < size ? h->have - h->at : size;
		memcpy(to, h->window + h->at, n);
		h->at += n;
		to += n;
		size -= n;
	}
	if (size > 0)
		memset(to, 0, size);
}

void header_skip(struct header *h, uint64_t size)
{
	if (size > header_left(h)) {
		h->failed = true;
		return;
	}
	size_t here = h->have - h->at;
	if (size <= here) {
		h->at += size;
		return;
	}
	h->fetched += size - here;
	h->at = h->have = 0;
}

static uint64_t little(struct header *h, size_t size)
{
	unsigned char bytes[8];
	uint64_t v = 0;
	header_take(h, bytes, size);
	while (size-- > 0)
		v = v << 8 | bytes[size];
	return v;
}

uint32_t header_u32(struct header *h)
{
	return (uint32_t)little(h, 4);
}

uint64_t header_u64(struct header *h)
{
	return little(h, 8);
}

/* ---- finding ---- */

/* The first region that ends behind the offset; count if none. */
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

static struct span name_of(const struct regions *r, const struct region *region)
{
	return (struct span){ region->name.len ? r->names.data + region->name.at : "", region->name.len,
		false };
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
		.header = first->start == 0,
		.regions = r,
		.from = i,
		.to = j,
	};
	if (j > i)
		place->last = name_of(r, &r->all[j]);
	return true;
}

const char *regions_format(const struct regions *r)
{
	return r->format->name;
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
