/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory-mapped files, and bundles that are mapped. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"

enum { PAGES = 20, PAGE = 4096 };

START_TEST(a_file_in_memory)
{
	static char data[PAGES * PAGE + 77], copy[sizeof(data)];
	const char *path = scratch_file("file");
	struct pb_map *map;
	const void *at;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + (i >> 9));
	spill(path, data, sizeof(data));
	ck_assert_int_eq(pb_map_open(path, &map), PB_OK);
	ck_assert_uint_eq(pb_map_length(map), sizeof(data));
	ck_assert_int_eq(pb_map_slice(map, 5000, 70000, &at), PB_OK);
	ck_assert_int_eq(memcmp(at, data + 5000, 70000), 0);
	for (int advice = PB_ADVICE_NORMAL; advice <= PB_ADVICE_DONTNEED; advice++)
		ck_assert_int_eq(pb_map_advise(map, 4097, 10000, (enum pb_advice)advice), PB_OK);
	ck_assert_int_eq(pb_map_advise(map, 0, 1, (enum pb_advice)9), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_map_slice(map, sizeof(data) - 5, 6, &at), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_map_slice(map, UINT64_MAX, 2, &at), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_map_slice(map, sizeof(data), 0, &at), PB_OK);
	ck_assert_int_eq(pb_map_lock(map, 4096, 8192), PB_OK);
	ck_assert_int_eq(pb_map_unlock(map, 4096, 8192), PB_OK);
	ck_assert_int_eq(pb_map_slice(map, 0, sizeof(data), &at), PB_OK);
	ck_assert_int_eq(pb_copy_mapped(copy, at, sizeof(data)), PB_OK);
	ck_assert_int_eq(memcmp(copy, data, sizeof(data)), 0);
	/* truncated: an error, and no signal */
	ck_assert_int_eq(truncate(path, 3 * PAGE), 0);
	ck_assert_int_eq(pb_copy_mapped(copy, at, sizeof(data)), PB_ERR_TRUNCATED);
	ck_assert_int_eq(pb_copy_mapped(copy, at, 3 * PAGE), PB_OK);
	pb_map_close(map);
	spill(path, "", 0);
	ck_assert_int_eq(pb_map_open(path, &map), PB_OK);
	ck_assert_int_eq(pb_map_slice(map, 0, 0, &at), PB_OK);
	ck_assert_ptr_nonnull(at);
	pb_map_close(map);
	ck_assert_int_eq(pb_map_open("/", &map), PB_ERR_NOT_BUNDLE);
	pb_map_close(NULL);
}
END_TEST

START_TEST(a_bundle_without_copies)
{
	enum { MODELS = 8, SIZE = 30000 };
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view, again, views[2];
	static const size_t two[] = { 5, 6 };
	char copy[SIZE];
	const char *path = make_bundle("b", MODELS, SIZE);
	pb_config_init(&config);
	config.read = PB_READ_MAPPED;
	config.max_memory = 2 * SIZE;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < MODELS; i++) {
			ck_assert_int_eq(pb_get_at(p, i, &view), PB_OK);
			for (size_t k = 0; k < SIZE; k++)
				ck_assert_uint_eq(((const unsigned char *)view.data)[k], i);
			pb_release(&view);
			ck_assert_uint_le(stats_of(p).memory_used, 2 * SIZE);
		}
	ck_assert_uint_gt(stats_of(p).evictions, MODELS);
	/* it is at the same address each time */
	ck_assert_int_eq(pb_get(p, "m3", &view), PB_OK);
	const void *place = view.data;
	pb_release(&view);
	ck_assert_int_eq(pb_evict(p, "m3", NULL), PB_OK);
	ck_assert_int_eq(pb_get(p, "m3", &again), PB_OK);
	ck_assert_ptr_eq(again.data, place);
	ck_assert_int_eq(pb_get_many(p, two, 2, views), PB_OK);
	ck_assert_uint_eq(*(const unsigned char *)views[1].data, 6);
	pb_release(&views[0]);
	pb_release(&views[1]);
	ck_assert_int_eq(truncate(path, 1000), 0);
	ck_assert_int_eq(pb_copy_mapped(copy, again.data, SIZE), PB_ERR_TRUNCATED);
	usleep(100);
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_ERR_CHANGED);
	pb_release(&again);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* Verifying does not touch the mapping of a file that became shorter: an error, and no signal. */
START_TEST(a_verified_bundle_is_truncated)
{
	enum { SIZE = 100000 };
	static char data[SIZE];
	const char *path = scratch_file("verified");
	struct pb_writer_options options;
	struct pb_writer *writer;
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	pb_writer_options_init(&options);
	options.checksums = true;
	ck_assert_int_eq(pb_writer_open(path, &writer), PB_OK);
	ck_assert_int_eq(pb_writer_configure(writer, &options), PB_OK);
	ck_assert_int_eq(pb_writer_add(writer, "a", 1, SIZE), PB_OK);
	ck_assert_int_eq(pb_writer_add(writer, "b", 1, SIZE), PB_OK);
	ck_assert_int_eq(pb_writer_write(writer, data, SIZE), PB_OK);
	ck_assert_int_eq(pb_writer_write(writer, data, SIZE), PB_OK);
	ck_assert_int_eq(pb_writer_commit(writer), PB_OK);
	pb_config_init(&config);
	config.read = PB_READ_MAPPED;
	config.verify = true;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	ck_assert_int_eq(pb_get(p, "a", &view), PB_OK);
	pb_release(&view);
	/* a changed byte is damage, where it was verified before too */
	ck_assert_int_eq(pb_evict(p, "a", NULL), PB_OK);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "x", 1, 50000), 1);
	close(fd);
	ck_assert_int_eq(pb_get(p, "a", &view), PB_ERR_DAMAGED);
	ck_assert_int_eq(truncate(path, 50000), 0);
	ck_assert_int_eq(pb_get(p, "b", &view), PB_ERR_TRUNCATED);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

Suite *map_suite(void)
{
	Suite *suite = suite_create("map");
	TCase *tc = tcase_create("map");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, a_file_in_memory);
	tcase_add_test(tc, a_bundle_without_copies);
	tcase_add_test(tc, a_verified_bundle_is_truncated);
	suite_add_tcase(suite, tc);
	return suite;
}
