/* SPDX-License-Identifier: BSD-2-Clause */
/* Damaged and hostile files: a clear error or the right data, in memory bounded by the file's size. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/suites.h"
#include "bundle_help.h"

/* Slightly more than what is mapped now: an allocation that trusts a length in the file fails here. */
static void limit_memory(void)
{
	if (SANITIZED)
		return; /* its shadow takes terabytes; it stops large allocations by itself */
	char *statm = slurp("/proc/self/statm", NULL);
	rlim_t limit = strtoull(statm, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + (16u << 20);
	free(statm);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit }), 0);
}

static void check_get(struct pb_paged *p, const char *file, const cJSON *want)
{
	struct pb_view view;
	const char *name = json_text(want, "name");
	bool ok = cJSON_IsTrue(cJSON_GetObjectItem(want, "ok"));
	int err = pb_get(p, name, &view);
	ck_assert_msg((err == PB_OK) == ok, "%s: get '%s': %s", file, name, pb_strerror(err));
	ck_assert_uint_eq(stats_of(p).misses, 1);
	ck_assert_uint_eq(stats_of(p).memory_used, json_number(want, "memory_used"));
	if (!ok) {
		ck_assert(err == PB_ERR_BOUNDS || err == PB_ERR_TRUNCATED);
		return;
	}
	char crc[16];
	snprintf(crc, sizeof(crc), "%08lx", crc32_z(0, view.data, view.size));
	ck_assert_uint_eq(view.size, json_number(want, "len"));
	ck_assert_str_eq(crc, json_text(want, "crc32"));
	pb_release(&view);
}

static void check_names(struct pb_paged *p, const char *file, const cJSON *names)
{
	const cJSON *name;
	size_t i = 0;
	ck_assert_uint_eq(pb_count(p), (size_t)cJSON_GetArraySize(names));
	cJSON_ArrayForEach(name, names)
	{
		struct pb_model model;
		ck_assert_int_eq(pb_model_at(p, i++, &model), PB_OK);
		ck_assert_msg(strcmp(model.name, name->valuestring) == 0, "%s: '%s'", file, model.name);
	}
}

/* Each get on a fresh handle, in the recorded order. */
static void check_file(const cJSON *want)
{
	const char *file = json_text(want, "file"), *path = fixture("corrupt/%s", file);
	const cJSON *release = cJSON_GetObjectItem(want, "release"), *get;
	bool ok = cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(release, "open"), "ok"));
	struct pb_paged *p;
	int err = pb_open(path, NULL, &p);
	ck_assert_msg((err == PB_OK) == ok, "%s: %s: %s", file, pb_strerror(err), pb_error_detail());
	if (!ok) {
		ck_assert(err == PB_ERR_NOT_BUNDLE || err == PB_ERR_TRUNCATED || err == PB_ERR_FORMAT);
		ck_assert_uint_gt(strlen(pb_error_detail()), 0);
		return;
	}
	check_names(p, file, cJSON_GetObjectItem(release, "names"));
	pb_close(p);
	cJSON_ArrayForEach(get, cJSON_GetObjectItem(release, "gets"))
	{
		ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK);
		check_get(p, file, get);
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}

START_TEST(recorded_files)
{
	cJSON *files = json_file(fixture("corrupt/corrupt.json"));
	const cJSON *file;
	int count = 0;
	limit_memory();
	cJSON_ArrayForEach(file, files)
	{
		check_file(file);
		count++;
	}
	ck_assert_int_ge(count, 25);
	cJSON_Delete(files);
}
END_TEST

START_TEST(loaded_whole)
{
	cJSON *files = json_file(fixture("corrupt/corrupt.json"));
	const cJSON *file, *get;
	int loaded = 0;
	limit_memory();
	cJSON_ArrayForEach(file, files)
	{
		struct pb_bundle *bundle;
		bool all = true;
		cJSON_ArrayForEach(get, cJSON_GetObjectItem(cJSON_GetObjectItem(file, "release"), "gets"))
			all &= cJSON_IsTrue(cJSON_GetObjectItem(get, "ok"));
		int err = pb_bundle_load(fixture("corrupt/%s", json_text(file, "file")), &bundle);
		if (err)
			continue;
		ck_assert_msg(all, "%s: loaded, though a model is not there", json_text(file, "file"));
		loaded++;
		pb_bundle_free(bundle);
	}
	ck_assert_int_ge(loaded, 9);
	cJSON_Delete(files);
}
END_TEST

/* Opens any file and gets all of its models; the test is that nothing bad happens. Returns the number of
 * models returned. */
static int use_all(const char *path)
{
	struct pb_paged *p;
	struct pb_bundle *bundle;
	int got = 0;
	if (pb_bundle_load(path, &bundle) == PB_OK)
		pb_bundle_free(bundle);
	if (pb_open(path, NULL, &p) != PB_OK)
		return 0;
	for (size_t i = 0; i < pb_count(p); i++) {
		struct pb_view view;
		struct pb_model model;
		ck_assert_int_eq(pb_model_at(p, i, &model), PB_OK);
		ck_assert_uint_eq(strlen(model.name) <= model.name_len, 1);
		if (pb_get_at(p, i, &view) != PB_OK)
			continue;
		ck_assert_uint_eq(view.size, model.size);
		(void)crc32_z(0, view.data, view.size); /* each byte can be read */
		pb_release(&view);
		got++;
	}
	ck_assert_int_eq(pb_close(p), PB_OK);
	return got;
}

START_TEST(any_byte_changed)
{
	size_t size;
	char *bytes = slurp(fixture("corrupt/ok_reference.apbundle"), &size);
	const char *path = scratch_file("changed");
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	int got = 0, tries = 0;
	limit_memory();
	for (size_t at = 0; at < 61 && at < size; at++)
		for (size_t v = 0; v < sizeof(values); v++) {
			char keep = bytes[at];
			bytes[at] = (char)values[v];
			spill(path, bytes, size);
			bytes[at] = keep;
			got += use_all(path);
			tries++;
		}
	ck_assert_int_gt(got, 30); /* created_at, versions and similar fields do no harm */
	ck_assert_int_lt(got, tries);
	free(bytes);
}
END_TEST

START_TEST(cut_anywhere)
{
	size_t size;
	char *bytes = slurp(fixture("bundles/unicode.apbundle"), &size);
	const char *path = scratch_file("cut");
	int most = 0;
	limit_memory();
	for (size_t n = 0; n < size; n += n < 400 ? 1 : 97) {
		spill(path, bytes, n);
		int got = use_all(path);
		ck_assert_int_ge(got, most); /* the more bytes there are, the more models can be read */
		ck_assert_int_lt(got, 12);
		most = got;
	}
	ck_assert_int_gt(most, 5);
	free(bytes);
}
END_TEST

/* Many models on the same bytes, each of them permitted; all together would be many times the file.
 * Models with exactly the same range share the bytes; overlapping ones (shifted by one) cannot all be
 * loaded at once. */
START_TEST(overlaps_do_not_multiply)
{
	bool shifted = _i;
	struct pb_writer *w;
	struct pb_bundle *bundle;
	const char *path = scratch_file("overlaps");
	enum { MODELS = 300, SIZE = 1 << 20 };
	static char data[SIZE];
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	for (int i = 0; i < MODELS; i++) {
		char name[8];
		snprintf(name, sizeof(name), "%04d", i);
		ck_assert_int_eq(pb_writer_add(w, name, 4, i ? 0 : SIZE), PB_OK);
	}
	ck_assert_int_eq(pb_writer_write(w, data, SIZE), PB_OK);
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
	size_t size;
	char *bytes = slurp(path, &size);
	for (int i = 0; i < MODELS; i++) {
		uint64_t entry[2] = { SIZE - (shifted ? i : 0), shifted ? i : 0 };
		memcpy(bytes + 40 + i * 24 + 8, entry, sizeof(entry));
	}
	spill(path, bytes, size);
	free(bytes);
	limit_memory();
	ck_assert_int_eq(pb_bundle_load(path, &bundle), shifted ? PB_ERR_FORMAT : PB_OK);
	if (!shifted)
		pb_bundle_free(bundle);
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	pb_config_init(&config);
	config.max_memory = 2 * SIZE;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	for (size_t i = 0; i < MODELS; i++) {
		ck_assert_int_eq(pb_get_at(p, i, &view), PB_OK);
		pb_release(&view);
	}
	pb_close(p);
}
END_TEST

/* A hole in a sparse file can look like a manifest of a terabyte. */
START_TEST(a_sparse_file_of_a_terabyte)
{
	unsigned char start[40] = "APBUNDLE\1";
	uint64_t len = (1ull << 40) - 100;
	struct pb_paged *p;
	const char *path = scratch_file("sparse");
	memcpy(start + 12, &len, sizeof(len));
	start[20] = 1;
	spill(path, start, sizeof(start));
	ck_assert_int_eq(truncate(path, 1ll << 40), 0);
	limit_memory();
	ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK); /* no models, and the rest is surplus */
	ck_assert_uint_eq(pb_count(p), 0);
	pb_close(p);
}
END_TEST

Suite *corrupt_suite(void)
{
	Suite *suite = suite_create("corrupt");
	TCase *tc = tcase_create("corrupt");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, recorded_files);
	tcase_add_test(tc, loaded_whole);
	tcase_add_test(tc, any_byte_changed);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_loop_test(tc, overlaps_do_not_multiply, 0, 2);
	tcase_add_test(tc, a_sparse_file_of_a_terabyte);
	suite_add_tcase(suite, tc);
	return suite;
}
