/* SPDX-License-Identifier: BSD-2-Clause */
/* Bundles beyond the original format: their contents, their storage, and that the original can still
 * read them. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/suites.h"
#include "extended_files.h"
#include "original.h"

static struct pb_paged *open_it(const char *path)
{
	return open_paged(path, 1 << 20, false, PB_POLICY_LRU);
}

static void has(const char *data, size_t size, const char *want, size_t want_size)
{
	ck_assert_uint_eq(size, want_size);
	ck_assert(size == 0 || memcmp(data, want, size) == 0);
}

START_TEST(the_original_reads_it)
{
	enum { SIZE = 50000 };
	static char one[SIZE], two[100];
	size_t size, n;
	const char *data;
	char *file = slurp(make_extended("x", EXTENDED_PLAIN, SIZE), &size);
	fill_one(one, SIZE);
	memset(two, 2, sizeof(two));
	ck_assert_int_eq(original_count(file, size), 4);
	ck_assert(original_get(file, size, "one", &data, &n));
	has(data, n, one, SIZE);
	ck_assert_uint_eq((uintptr_t)(data - file) % 64, 0);
	ck_assert(original_get(file, size, "again", &data, &n));
	has(data, n, one, SIZE);
	ck_assert(original_get(file, size, "two", &data, &n));
	has(data, n, two, sizeof(two));
	ck_assert(original_get(file, size, "empty", &data, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert(!original_get(file, size, "three", &data, &n));
	free(file);
	/* it refuses the other kind, instead of returning compressed bytes */
	file = slurp(make_extended("z", EXTENDED_COMPRESSED, SIZE), &size);
	ck_assert_int_eq(original_count(file, size), -1);
	free(file);
}
END_TEST

/* The second reader is checked against the original's own files and damaged ones. */
START_TEST(the_second_reader_agrees)
{
	cJSON *manifest = json_file(fixture("manifest.json"));
	const cJSON *file, *model;
	unsigned compared = 0;
	cJSON_ArrayForEach(file, manifest)
	{
		size_t size, n;
		const char *data;
		char *bytes = slurp(fixture("%s", json_text(file, "file")), &size);
		cJSON_ArrayForEach(model, cJSON_GetObjectItem(file, "models"))
		{
			char crc[16];
			ck_assert(original_get(bytes, size, json_text(model, "name"), &data, &n));
			snprintf(crc, sizeof(crc), "%08lx", crc32_z(0, (const void *)data, n));
			ck_assert_str_eq(crc, json_text(model, "crc32"));
			compared++;
		}
		free(bytes);
	}
	ck_assert_uint_gt(compared, 200);
	cJSON_Delete(manifest);
}
END_TEST

START_TEST(it_tells_what_was_told)
{
	struct pb_paged *p = open_it(make_extended("x", (enum extended_kind)_i, 20000));
	struct pb_info info;
	struct pb_metadata pair;
	struct pb_component c;
	struct pb_storage storage;
	struct pb_model model;
	pb_info_init(&info);
	pb_info_get(p, &info);
	ck_assert_int_eq(info.kind, _i == EXTENDED_PLAIN ? PB_KIND_PLAIN : PB_KIND_COMPRESSED);
	ck_assert_uint_eq(info.extension, 1);
	ck_assert_uint_eq(info.page_bytes, _i == EXTENDED_PLAIN ? 0 : 4096);
	ck_assert(info.checksums);
	ck_assert_str_eq(info.description, "extended");
	ck_assert_uint_eq(info.created_at, 1700000000);
	ck_assert_uint_eq(pb_metadata_count(p), 3);
	ck_assert_int_eq(pb_metadata_at(p, 1, &pair), PB_OK);
	ck_assert_str_eq(pair.key, "architecture");
	ck_assert_int_eq(pb_metadata_find(p, "hyperparameters.layers", &pair), PB_OK);
	ck_assert_str_eq(pair.value, "2");
	ck_assert_int_eq(pb_metadata_find(p, "none", &pair), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_metadata_at(p, 3, &pair), PB_ERR_NOT_FOUND);
	ck_assert_uint_eq(pb_component_count(p), 3);
	ck_assert_int_eq(pb_component_find(p, "all", &c), PB_OK);
	ck_assert_uint_eq(c.count, 4);
	ck_assert_int_eq(pb_component_at(p, 1, &c), PB_OK);
	ck_assert_uint_eq(c.count, 2);
	ck_assert_uint_eq(c.models[0], 1);
	ck_assert_uint_eq(c.models[1], 2);
	ck_assert_int_eq(pb_component_find(p, "none", &c), PB_OK);
	ck_assert_uint_eq(c.count, 0);
	ck_assert_int_eq(pb_component_find(p, "no", &c), PB_ERR_NOT_FOUND);
	for (size_t i = 0; i < 4; i++) {
		pb_storage_init(&storage);
		ck_assert_int_eq(pb_storage_at(p, i, &storage), PB_OK);
		ck_assert_int_eq(pb_model_at(p, i, &model), PB_OK);
		ck_assert_uint_eq(storage.alignment, 64);
		ck_assert(storage.has_checksum);
		ck_assert(model.size == 0 || model.offset % 64 == 0);
		ck_assert_uint_eq(storage.pages, _i == EXTENDED_PLAIN ? 0 : (model.size + 4095) / 4096);
		if (_i == EXTENDED_PLAIN || model.size == 0)
			ck_assert_uint_eq(storage.stored, model.size);
		else
			ck_assert_uint_lt(storage.stored, model.size);
	}
	/* a caller built against an older, smaller struct */
	struct pb_info old;
	memset(&old, 0x5a, sizeof(old));
	old.struct_size = offsetof(struct pb_info, kind);
	pb_info_get(p, &old);
	ck_assert_uint_eq(old.created_at, 1700000000);
	ck_assert_uint_eq(old.extension, 0x5a5a5a5a);
	pb_close(p);
}
END_TEST

/* Through the cache and without it, whole and in ranges at the borders of pages. */
START_TEST(every_range_of_it)
{
	enum { SIZE = 3 * 4096 + 123 };
	static char one[SIZE], got[SIZE];
	struct pb_paged *p = open_it(make_extended("x", (enum extended_kind)_i, SIZE));
	static const uint64_t edges[] = { 0, 1, 4095, 4096, 4097, 8192, 12287, 12288, SIZE - 1, SIZE };
	struct pb_view view;
	fill_one(one, SIZE);
	ck_assert_int_eq(pb_get(p, "again", &view), PB_OK);
	has(view.data, view.size, one, SIZE);
	pb_release(&view);
	for (size_t a = 0; a < sizeof(edges) / sizeof(*edges); a++)
		for (size_t b = a; b < sizeof(edges) / sizeof(*edges); b++) {
			size_t n = (size_t)(edges[b] - edges[a]);
			memset(got, 0x55, sizeof(got));
			ck_assert_int_eq(pb_fetch_at(p, 0, edges[a], n, got), PB_OK);
			has(got, n, one + edges[a], n);
			ck_assert(n == SIZE || got[n] == 0x55);
		}
	ck_assert_int_eq(pb_fetch_at(p, 0, 1, SIZE, got), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_fetch_at(p, 0, UINT64_MAX, 2, got), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_fetch_at(p, 1, 0, 0, got), PB_OK);
	ck_assert_int_eq(pb_fetch_at(p, 4, 0, 1, got), PB_ERR_NOT_FOUND);
	ck_assert_uint_eq(stats_of(p).misses, 1); /* fetches are not counted */
	pb_close(p);
}
END_TEST

START_TEST(read_with_lseek_too)
{
	enum { SIZE = 200000 };
	static char one[SIZE];
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	pb_config_init(&config);
	config.read = PB_READ_SEEK;
	config.verify = true;
	fill_one(one, SIZE);
	int err = pb_open(make_extended("x", (enum extended_kind)_i, SIZE), &config, &p);
	ck_assert_msg(err == PB_OK, "%s", pb_error_detail());
	ck_assert_int_eq(pb_get(p, "one", &view), PB_OK);
	has(view.data, view.size, one, SIZE);
	pb_release(&view);
	pb_close(p);
}
END_TEST

START_TEST(loaded_and_saved_is_the_same)
{
	struct pb_bundle *bundle;
	const void *one, *again;
	size_t size;
	const char *path = make_extended("x", (enum extended_kind)_i, 20000), *copy = scratch_file("copy");
	ck_assert_int_eq(pb_bundle_load(path, &bundle), PB_OK);
	ck_assert_int_eq(pb_bundle_save(bundle, copy), PB_OK);
	ck_assert(same_file(path, copy));
	/* the first of two models that share their bytes may be replaced alone */
	ck_assert_int_eq(pb_bundle_get(bundle, "one", &one, &size), PB_OK);
	ck_assert_int_eq(pb_bundle_get(bundle, "again", &again, &size), PB_OK);
	ck_assert_ptr_eq(one, again);
	ck_assert_int_eq(pb_bundle_add(bundle, "one", "x", 1), PB_OK);
	ck_assert_int_eq(pb_bundle_save(bundle, copy), PB_OK);
	pb_bundle_free(bundle);
	ck_assert_int_eq(pb_bundle_load(copy, &bundle), PB_OK);
	ck_assert_int_eq(pb_bundle_get(bundle, "again", &again, &size), PB_OK);
	ck_assert_uint_eq(size, 20000);
	ck_assert_int_eq(pb_bundle_get(bundle, "one", &one, &size), PB_OK);
	ck_assert_uint_eq(size, 1);
	pb_bundle_free(bundle);
}
END_TEST

/* Changes one byte of a model in the file. */
static void damage_model(const char *path, size_t at)
{
	size_t size;
	char *file = slurp(path, &size);
	file[data_offset_of(file) + at] ^= 0x10;
	spill(path, file, size);
	free(file);
}

START_TEST(damage_is_seen_when_asked_for)
{
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	struct pb_bundle *bundle;
	char got[100];
	const char *path = make_extended("x", EXTENDED_PLAIN, 20000);
	damage_model(path, 500);
	p = open_it(path);
	ck_assert_int_eq(pb_get(p, "one", &view), PB_OK);
	pb_release(&view);
	pb_close(p);
	ck_assert_int_eq(pb_bundle_load(path, &bundle), PB_ERR_DAMAGED);
	pb_config_init(&config);
	config.verify = true;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	ck_assert_int_eq(pb_get(p, "one", &view), PB_ERR_DAMAGED);
	ck_assert_int_eq(pb_get(p, "two", &view), PB_OK);
	pb_release(&view);
	pb_close(p);
	/* pages are always verified, but only those that are read */
	path = make_extended("z", EXTENDED_COMPRESSED, 20000);
	damage_model(path, 500);
	p = open_it(path);
	ck_assert_int_eq(pb_get(p, "one", &view), PB_ERR_DAMAGED);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	ck_assert_int_eq(pb_get(p, "two", &view), PB_OK);
	pb_release(&view);
	ck_assert_int_eq(pb_fetch_at(p, 0, 10000, 100, got), PB_OK);
	ck_assert_int_eq(pb_fetch_at(p, 0, 0, 1, got), PB_ERR_DAMAGED);
	pb_close(p);
}
END_TEST

START_TEST(the_writer_refuses)
{
	struct pb_writer *w;
	struct pb_writer_options o;
	uint32_t far[] = { 7 };
	pb_writer_options_init(&o);
	ck_assert_int_eq(pb_writer_open(scratch_file("w"), &w), PB_OK);
	o.alignment = 3;
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_ERR_ARGUMENT);
	o.alignment = 1ull << 31;
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_ERR_ARGUMENT);
	o.alignment = 64;
	o.compress = true;
	o.page_bytes = 5000;
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_ERR_ARGUMENT);
	o.page_bytes = 2u << 20;
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_ERR_ARGUMENT);
	o.struct_size = 3;
	ck_assert_int_eq(pb_writer_configure(w, &o), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_metadata(w, "k", 1, "\xff", 1), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_metadata(w, "k", 1, "v", 1), PB_OK);
	ck_assert_int_eq(pb_writer_metadata(w, "k", 1, "w", 1), PB_ERR_EXISTS);
	ck_assert_int_eq(pb_writer_component(w, "c", 1, far, 1), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_component(w, "c", 1, NULL, 0), PB_OK);
	ck_assert_int_eq(pb_writer_component(w, "c", 1, NULL, 0), PB_ERR_EXISTS);
	ck_assert_int_eq(pb_writer_add_twin(w, "t", 1, 0), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_add(w, "a", 1, 1), PB_OK);
	ck_assert_int_eq(pb_writer_add_twin(w, "t", 1, 0), PB_OK);
	ck_assert_int_eq(pb_writer_add_twin(w, "u", 1, 1), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_write(w, "x", 1), PB_OK);
	ck_assert_int_eq(pb_writer_metadata(w, "l", 1, "v", 1), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
	size_t size;
	char *file = slurp(scratch_file("w"), &size);
	ck_assert_int_eq(original_count(file, size), 2);
	free(file);
}
END_TEST

/* Written in chunks of any size, the file is the same. */
START_TEST(any_portions_compressed)
{
	enum { SIZE = 300001 };
	static char one[SIZE];
	size_t portion[] = { 1, 4095, 4096, 4097, 100000, SIZE };
	fill_one(one, SIZE);
	for (size_t i = 0; i < sizeof(portion) / sizeof(*portion); i++) {
		struct pb_writer *w;
		struct pb_writer_options o;
		pb_writer_options_init(&o);
		o.compress = true;
		o.page_bytes = 4096;
		ck_assert_int_eq(pb_writer_open(scratch_file("w%zu", i), &w), PB_OK);
		ck_assert_int_eq(pb_writer_configure(w, &o), PB_OK);
		ck_assert_int_eq(pb_writer_created_at(w, 1), PB_OK);
		ck_assert_int_eq(pb_writer_add(w, "a", 1, SIZE / 2), PB_OK);
		ck_assert_int_eq(pb_writer_add(w, "b", 1, SIZE - SIZE / 2), PB_OK);
		for (size_t at = 0; at < SIZE; at += portion[i])
			ck_assert_int_eq(
				pb_writer_write(w, one + at, portion[i] < SIZE - at ? portion[i] : SIZE - at),
				PB_OK);
		ck_assert_int_eq(pb_writer_commit(w), PB_OK);
		ck_assert(same_file(scratch_file("w0"), scratch_file("w%zu", i)));
	}
}
END_TEST

Suite *extension_suite(void)
{
	Suite *suite = suite_create("extension");
	TCase *tc = tcase_create("extension");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, the_original_reads_it);
	tcase_add_test(tc, the_second_reader_agrees);
	tcase_add_loop_test(tc, it_tells_what_was_told, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_loop_test(tc, every_range_of_it, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_loop_test(tc, read_with_lseek_too, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_loop_test(tc, loaded_and_saved_is_the_same, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_test(tc, damage_is_seen_when_asked_for);
	tcase_add_test(tc, the_writer_refuses);
	tcase_add_test(tc, any_portions_compressed);
	suite_add_tcase(suite, tc);
	return suite;
}
