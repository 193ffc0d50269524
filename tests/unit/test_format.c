/* SPDX-License-Identifier: BSD-2-Clause */
/* Files written by the original are read here, and files written here equal the original's byte for
 * byte. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/suites.h"
#include "bundle_help.h"

static cJSON *manifest;

static void read_manifest(void)
{
	manifest = json_file(fixture("manifest.json"));
	ck_assert_int_ge(cJSON_GetArraySize(manifest), 8);
}

static void done(void)
{
	cJSON_Delete(manifest);
	scratch_remove();
}

static void check_model(struct pb_paged *p, size_t i, const cJSON *want, uint64_t data_offset)
{
	struct pb_model model;
	struct pb_view view;
	char crc[16];
	ck_assert_int_eq(pb_model_at(p, i, &model), PB_OK);
	ck_assert_str_eq(model.name, json_text(want, "name"));
	ck_assert_uint_eq(model.size, json_number(want, "size"));
	ck_assert_uint_eq(model.offset, data_offset + json_number(want, "offset"));
	ck_assert_int_eq(pb_get(p, model.name, &view), PB_OK);
	ck_assert_uint_eq(view.size, model.size);
	snprintf(crc, sizeof(crc), "%08lx", crc32_z(0, view.data, view.size));
	ck_assert_str_eq(crc, json_text(want, "crc32"));
	pb_release(&view);
}

START_TEST(reads_files_of_others)
{
	const cJSON *file, *model;
	cJSON_ArrayForEach(file, manifest)
	{
		struct pb_paged *p =
			open_paged(fixture("%s", json_text(file, "file")), 1024, false, PB_POLICY_LRU);
		struct pb_info info;
		pb_info_init(&info);
		pb_info_get(p, &info);
		ck_assert_uint_eq(info.header_version, json_number(file, "header_version"));
		ck_assert_uint_eq(info.manifest_version, json_number(file, "manifest_version"));
		ck_assert_uint_eq(info.created_at, json_number(file, "created_at"));
		ck_assert_uint_eq(info.data_offset, json_number(file, "data_offset"));
		ck_assert_uint_eq(info.file_size, json_number(file, "bytes"));
		ck_assert_uint_eq(info.description_len, json_number(file, "description_bytes"));
		const cJSON *models = cJSON_GetObjectItem(file, "models");
		ck_assert_uint_eq(pb_count(p), (size_t)cJSON_GetArraySize(models));
		size_t i = 0;
		cJSON_ArrayForEach(model, models) check_model(p, i++, model, info.data_offset);
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}
END_TEST

/* The bytes depend only on the models, their order, the description and the time. */
static void rebuild(const char *from, const char *to)
{
	struct pb_bundle *old, *fresh = pb_bundle_new();
	struct pb_info info;
	struct pb_model model;
	const void *data;
	size_t size;
	ck_assert_int_eq(pb_bundle_load(from, &old), PB_OK);
	pb_info_init(&info);
	pb_bundle_info_get(old, &info);
	for (size_t i = 0; pb_bundle_model_at(old, i, &model) == PB_OK; i++) {
		ck_assert_int_eq(pb_bundle_get(old, model.name, &data, &size), PB_OK);
		ck_assert_int_eq(pb_bundle_add(fresh, model.name, data, size), PB_OK);
	}
	ck_assert_int_eq(pb_bundle_set_description(fresh, info.description), PB_OK);
	pb_bundle_set_created_at(fresh, info.created_at);
	ck_assert_int_eq(pb_bundle_save(fresh, to), PB_OK);
	pb_bundle_free(fresh);
	pb_bundle_free(old);
}

START_TEST(writes_the_same_bytes)
{
	const cJSON *file;
	cJSON_ArrayForEach(file, manifest)
	{
		const char *original = fixture("%s", json_text(file, "file")),
			   *copy = scratch_file("copy.apbundle");
		rebuild(original, copy);
		ck_assert_msg(same_file(original, copy), "%s: other bytes", original);
	}
}
END_TEST

START_TEST(loaded_and_saved_is_the_same)
{
	const cJSON *file;
	cJSON_ArrayForEach(file, manifest)
	{
		struct pb_bundle *bundle;
		const char *original = fixture("%s", json_text(file, "file")),
			   *copy = scratch_file("copy.apbundle");
		ck_assert_int_eq(pb_bundle_load(original, &bundle), PB_OK);
		ck_assert_int_eq(pb_bundle_save(bundle, copy), PB_OK);
		ck_assert_msg(same_file(original, copy), "%s: other bytes", original);
		pb_bundle_free(bundle);
	}
}
END_TEST

START_TEST(both_ways_of_reading_agree)
{
	struct pb_config config;
	pb_config_init(&config);
	for (int read = PB_READ_PREAD; read <= PB_READ_SEEK; read++) {
		struct pb_paged *p;
		struct pb_view view;
		config.read = (enum pb_read)read;
		ck_assert_int_eq(pb_open(fixture("bundles/demo3.apbundle"), &config, &p), PB_OK);
		ck_assert_int_eq(pb_get(p, "decoder", &view), PB_OK);
		ck_assert_uint_eq(view.size, 500);
		for (size_t i = 0; i < view.size; i++)
			ck_assert_uint_eq(((const unsigned char *)view.data)[i], 2);
		pb_release(&view);
		pb_close(p);
	}
}
END_TEST

/* A name that a C string cannot represent is still accessible, by its index. */
START_TEST(a_name_with_a_zero_byte)
{
	struct pb_writer *w;
	struct pb_paged *p;
	struct pb_view view;
	size_t index = 99;
	const char *path = scratch_file("zero.apbundle");
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "a\0b", 3, 2), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "a", 1, 1), PB_OK);
	ck_assert_int_eq(pb_writer_write(w, "xyz", 3), PB_OK);
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
	p = open_paged(path, 1024, false, PB_POLICY_LRU);
	ck_assert_int_eq(pb_find(p, "a\0b", 3, &index), PB_OK);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(pb_get_at(p, index, &view), PB_OK);
	ck_assert_mem_eq(view.data, "xy", 2);
	pb_release(&view);
	ck_assert_int_eq(pb_get(p, "a", &view), PB_OK);
	ck_assert_mem_eq(view.data, "z", 1);
	pb_release(&view);
	pb_close(p);
}
END_TEST

START_TEST(names_must_be_utf8)
{
	struct pb_bundle *bundle = pb_bundle_new();
	static const char *const bad[] = { "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(pb_bundle_add(bundle, bad[i], "x", 1), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_bundle_add(bundle, "\xf0\x9f\x9a\x80", "x", 1), PB_OK);
	ck_assert_int_eq(pb_bundle_set_description(bundle, "\xff"), PB_ERR_ARGUMENT);
	pb_bundle_free(bundle);
}
END_TEST

Suite *format_suite(void)
{
	Suite *suite = suite_create("format");
	TCase *tc = tcase_create("format");
	tcase_add_checked_fixture(tc, read_manifest, done);
	tcase_add_test(tc, reads_files_of_others);
	tcase_add_test(tc, writes_the_same_bytes);
	tcase_add_test(tc, loaded_and_saved_is_the_same);
	tcase_add_test(tc, both_ways_of_reading_agree);
	tcase_add_test(tc, a_name_with_a_zero_byte);
	tcase_add_test(tc, names_must_be_utf8);
	suite_add_tcase(suite, tc);
	return suite;
}
