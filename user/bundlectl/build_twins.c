/* SPDX-License-Identifier: BSD-2-Clause */
/* Models with the same bytes, which are stored once. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "user/base/report.h"
#include "build.h"
#include "meter.h"
#include "stream.h"

/* What models of one content have in common, and hardly any others. */
struct key {
	uint64_t size, high, low;
	uint32_t model;
};

static int compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->model > y->model) - (x->model < y->model);
}

static bool alike(const struct key *x, const struct key *y)
{
	return x->size == y->size && x->high == y->high && x->low == y->low;
}

/* Two models may be held against each other portion by portion. */
struct desk {
	struct build *build;
	struct meter meter;
	char *one, *other;
};

static int hash_model(struct desk *d, struct key *key)
{
	XXH3_state_t *state = XXH3_createState();
	struct build_cursor c;
	int status = state ? EXIT_SUCCESS : EXIT_FAILURE;
	if (!state)
		report("out of memory");
	else
		XXH3_128bits_reset(state);
	build_cursor_start(&c, d->build, key->model);
	for (uint64_t left = key->size; !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(&c, d->one, n);
		if (!status)
			XXH3_128bits_update(state, d->one, n);
		meter_add(&d->meter, n);
		left -= n;
	}
	build_cursor_end(&c);
	if (!status) {
		XXH128_hash_t hash = XXH3_128bits_digest(state);
		key->high = hash.high64;
		key->low = hash.low64;
	}
	XXH3_freeState(state);
	return status;
}

/* Equal hashes are no proof. */
static int same_bytes(struct desk *d, uint32_t a, uint32_t b, bool *same)
{
	struct build_cursor x, y;
	int status = EXIT_SUCCESS;
	build_cursor_start(&x, d->build, a);
	build_cursor_start(&y, d->build, b);
	*same = true;
	for (uint64_t left = d->build->models[a].size; *same && !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(&x, d->one, n);
		if (!status)
			status = build_cursor_read(&y, d->other, n);
		*same = !status && memcmp(d->one, d->other, n) == 0;
		left -= n;
	}
	build_cursor_end(&x);
	build_cursor_end(&y);
	return status;
}

/* In sorted keys, each model becomes the twin of the first one like it. */
static int pair_up(struct desk *d, const struct key *keys, uint32_t count, bool compare_bytes)
{
	uint32_t first = 0;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 1; !status && i < count; i++) {
		bool same = alike(&keys[i], &keys[first]);
		if (same && compare_bytes)
			status = same_bytes(d, keys[first].model, keys[i].model, &same);
		if (same)
			d->build->models[keys[i].model].twin = keys[first].model + 1;
		else
			first = i;
	}
	return status;
}

/* Models of a bundle that are one range of its file. */
static int find_shared_ranges(struct desk *d, struct key *keys)
{
	struct build *b = d->build;
	uint32_t count = 0;
	for (uint32_t i = 0; i < b->model_count; i++) {
		const struct build_model *model = &b->models[i];
		const struct build_part *part = &b->parts[model->part];
		struct pb_model from;
		if (model->parts == 1 && part->bundle &&
			pb_model_at(part->bundle, part->index, &from) == PB_OK)
			keys[count++] = (struct key){ model->size, 0, from.offset, i };
	}
	qsort(keys, count, sizeof(*keys), compare);
	return pair_up(d, keys, count, false);
}

/* Only models of one size are worth a look. */
static int find_equal(struct desk *d, struct key *keys)
{
	struct build *b = d->build;
	uint32_t count = 0;
	uint64_t total = 0;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; i < b->model_count; i++)
		if (!b->models[i].twin && b->models[i].size)
			keys[count++] = (struct key){ b->models[i].size, 0, 0, i };
	qsort(keys, count, sizeof(*keys), compare);
	for (uint32_t i = 0; i < count; i++)
		total += keys[i].size;
	meter_start(&d->meter, "looking for equal models", total);
	for (uint32_t i = 0; !status && i < count; i++) {
		bool alone = (i == 0 || keys[i - 1].size != keys[i].size) &&
			     (i + 1 == count || keys[i + 1].size != keys[i].size);
		status = alone ? EXIT_SUCCESS : hash_model(d, &keys[i]);
	}
	meter_clear(&d->meter);
	qsort(keys, count, sizeof(*keys), compare);
	return status ? status : pair_up(d, keys, count, true);
}

/* A twin of what became a twin itself is one of the first. */
static void settle(struct build *b)
{
	for (uint32_t i = 0; i < b->model_count; i++) {
		uint32_t twin = b->models[i].twin;
		if (twin && b->models[twin - 1].twin)
			b->models[i].twin = b->models[twin - 1].twin;
	}
}

int build_find_twins(struct build *b)
{
	struct desk d = { .build = b, .one = malloc(STREAM_PORTION), .other = malloc(STREAM_PORTION) };
	struct key *keys = malloc(((size_t)b->model_count + 1) * sizeof(*keys));
	int status = EXIT_FAILURE;
	if (!keys || !d.one || !d.other) {
		report("out of memory");
	} else {
		status = find_shared_ranges(&d, keys);
		if (!status && b->options->dedup)
			status = find_equal(&d, keys);
		settle(b);
	}
	free(keys);
	free(d.one);
	free(d.other);
	return status;
}
