/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds models with the same bytes ("twins"), so that these are stored once: candidates by size and XXH3 (128 bits), then
 * compared byte for byte. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "build.h"
#include "meter.h"
#include "model_stream.h"
#include "reports.h"

/* Equal for models with the same bytes, and for hardly any others. */
struct content_key {
	uint64_t size, high, low;
	uint32_t model;
};

static int compare(const void *a, const void *b)
{
	const struct content_key *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->model > y->model) - (x->model < y->model);
}

static bool alike(const struct content_key *x, const struct content_key *y)
{
	return x->size == y->size && x->high == y->high && x->low == y->low;
}

/* Buffers for one portion of each of two models. */
struct finder {
	struct build *build;
	struct meter meter;
	char *one, *other;
};

static int hash_model(struct finder *f, struct content_key *key)
{
	XXH3_state_t *state = XXH3_createState();
	struct build_cursor c;
	int status = state ? EXIT_SUCCESS : report_no_memory();
	if (state)
		XXH3_128bits_reset(state);
	build_cursor_start(&c, f->build, key->model);
	for (uint64_t left = key->size; !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(&c, f->one, n);
		if (!status)
			XXH3_128bits_update(state, f->one, n);
		meter_add(&f->meter, n);
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

/* Equal hashes do not prove equal bytes. */
static int same_bytes(struct finder *f, uint32_t a, uint32_t b, bool *same)
{
	struct build_cursor x, y;
	int status = EXIT_SUCCESS;
	build_cursor_start(&x, f->build, a);
	build_cursor_start(&y, f->build, b);
	*same = true;
	for (uint64_t left = f->build->models[a].size; *same && !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(&x, f->one, n);
		if (!status)
			status = build_cursor_read(&y, f->other, n);
		*same = !status && memcmp(f->one, f->other, n) == 0;
		left -= n;
	}
	build_cursor_end(&x);
	build_cursor_end(&y);
	return status;
}

/* Keys are sorted: makes each model the twin of the first with the same key. */
static int pair_up(struct finder *f, const struct content_key *keys, uint32_t count, bool compare_bytes)
{
	uint32_t first = 0;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 1; !status && i < count; i++) {
		bool same = alike(&keys[i], &keys[first]);
		if (same && compare_bytes)
			status = same_bytes(f, keys[first].model, keys[i].model, &same);
		if (same)
			f->build->models[keys[i].model].twin = keys[first].model + 1;
		else
			first = i;
	}
	return status;
}

/* Models that share one range of their bundle's file. */
static int find_shared_ranges(struct finder *f, struct content_key *keys)
{
	struct build *b = f->build;
	uint32_t count = 0;
	for (uint32_t i = 0; i < b->model_count; i++) {
		const struct build_model *model = &b->models[i];
		const struct build_part *part = &b->parts[model->part];
		struct pb_model from;
		if (model->parts == 1 && part->bundle &&
			pb_model_at(part->bundle, part->index, &from) == PB_OK)
			keys[count++] = (struct content_key){ model->size, 0, from.offset, i };
	}
	qsort(keys, count, sizeof(*keys), compare);
	return pair_up(f, keys, count, false);
}

/* Hashes only models whose size another has too. */
static int find_equal(struct finder *f, struct content_key *keys)
{
	struct build *b = f->build;
	uint32_t count = 0;
	uint64_t total = 0;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; i < b->model_count; i++)
		if (!b->models[i].twin && b->models[i].size)
			keys[count++] = (struct content_key){ b->models[i].size, 0, 0, i };
	qsort(keys, count, sizeof(*keys), compare);
	for (uint32_t i = 0; i < count; i++)
		total += keys[i].size;
	meter_start(&f->meter, "looking for equal models", total);
	for (uint32_t i = 0; !status && i < count; i++) {
		bool alone = (i == 0 || keys[i - 1].size != keys[i].size) &&
			     (i + 1 == count || keys[i + 1].size != keys[i].size);
		status = alone ? EXIT_SUCCESS : hash_model(f, &keys[i]);
	}
	meter_clear(&f->meter);
	qsort(keys, count, sizeof(*keys), compare);
	return status ? status : pair_up(f, keys, count, true);
}

/* Resolves chains: a twin of a twin becomes a twin of the first model. */
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
	struct finder f = { .build = b, .one = malloc(STREAM_PORTION), .other = malloc(STREAM_PORTION) };
	struct content_key *keys = malloc(((size_t)b->model_count + 1) * sizeof(*keys));
	int status = keys && f.one && f.other ? find_shared_ranges(&f, keys) : report_no_memory();
	if (!status && b->options->dedup)
		status = find_equal(&f, keys);
	settle(b);
	free(keys);
	free(f.one);
	free(f.other);
	return status;
}
