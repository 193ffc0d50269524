/* SPDX-License-Identifier: BSD-2-Clause */
#include "extended_files.h"

#include "tests/checks.h"
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void fill_one(char *data, size_t size)
{
	uint32_t x = 1;
	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (char)(i / 512 % 2 ? x >> 24 : i / 7);
	}
}

static void describe(struct pb_writer *w)
{
	static const char *const pairs[][2] = { { "version", "1.0" }, { "architecture", "test" },
		{ "hyperparameters.layers", "2" } };
	static const uint32_t all[] = { 3, 0, 1, 2, 0 }, some[] = { 2, 1 };
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pb_writer_metadata(w, pairs[i][0], strlen(pairs[i][0]), pairs[i][1],
					 strlen(pairs[i][1])),
			PB_OK);
	ck_assert_int_eq(pb_writer_component(w, "all", 3, all, 5), PB_OK);
	ck_assert_int_eq(pb_writer_component(w, "some", 4, some, 2), PB_OK);
	ck_assert_int_eq(pb_writer_component(w, "none", 4, NULL, 0), PB_OK);
}

const char *make_extended(const char *name, enum extended_kind kind, size_t size)
{
	const char *path = scratch_file("%s", name);
	char *one = malloc(size + 1), two[100];
	struct pb_writer_options o;
	struct pb_writer *w;
	fill_one(one, size);
	memset(two, 2, sizeof(two));
	pb_writer_options_init(&o);
	o.alignment = 64;
	o.compress = kind == EXTENDED_COMPRESSED;
	o.page_bytes = 4096;
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_OK);
	ck_assert_int_eq(pb_writer_created_at(w, 1700000000), PB_OK);
	ck_assert_int_eq(pb_writer_describe(w, "extended", 8), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "one", 3, size), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "empty", 5, 0), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "two", 3, sizeof(two)), PB_OK);
	ck_assert_int_eq(pb_writer_add_twin(w, "again", 5, 0), PB_OK);
	describe(w);
	ck_assert_int_eq(pb_writer_write(w, one, size), PB_OK);
	ck_assert_int_eq(pb_writer_write(w, two, sizeof(two)), PB_OK);
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
	free(one);
	return path;
}

size_t data_offset_of(const char *file)
{
	uint64_t manifest;
	memcpy(&manifest, file + 12, sizeof(manifest));
	return 20 + (size_t)manifest;
}

uint64_t xxh3_of(const char *data, size_t size)
{
	return XXH3_64bits(data, size);
}

void seal(char *file)
{
	size_t at = data_offset_of(file) - 16;
	uint64_t hash = xxh3_of(file, at);
	memcpy(file + at, &hash, sizeof(hash));
}
