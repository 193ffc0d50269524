/* SPDX-License-Identifier: BSD-2-Clause */
/* Every kind of file with every read mode: the same bytes, whole, in parts and several at once. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "extended_files.h"

enum { SIZE = 300000, WAYS = 6, KINDS = 2 };

static char expected[SIZE];

/* How a bundle is opened; `way` 0 is the default. */
static struct pb_config config_of(int way)
{
	struct pb_config config;
	pb_config_init(&config);
	config.max_memory = 1 << 20;
	config.pages = way == 1;
	config.verify = way == 2 || way == 5;
	config.prefetch_background = way == 3;
	config.read = way == 4 ? PB_READ_SEEK : way == 5 ? PB_READ_MAPPED : PB_READ_PREAD;
	return config;
}

static void parts_are_right(struct pb_paged *p)
{
	static char part[SIZE];
	srandom(7);
	for (int i = 0; i < 200; i++) {
		size_t from = (size_t)random() % SIZE, size = (size_t)random() % (SIZE - from) + 1;
		ck_assert_int_eq(pb_read(p, "one", from, size, part), PB_OK);
		ck_assert_mem_eq(part, expected + from, size);
	}
}

static void wholes_are_right(struct pb_paged *p)
{
	const size_t all[] = { 3, 1, 0, 2 };
	struct pb_view views[4];
	ck_assert_int_eq(pb_get_many(p, all, 4, views), PB_OK);
	ck_assert_uint_eq(views[0].size, SIZE);
	ck_assert_mem_eq(views[0].data, expected, SIZE);
	ck_assert_uint_eq(views[1].size, 0);
	ck_assert_mem_eq(views[2].data, expected, SIZE);
	ck_assert_uint_eq(views[3].size, 100);
	for (int i = 0; i < 4; i++)
		pb_release(&views[i]);
}

START_TEST(same_bytes)
{
	enum extended_kind kind = _i % KINDS ? EXTENDED_COMPRESSED : EXTENDED_PLAIN;
	struct pb_config config = config_of(_i / KINDS);
	const char *path = make_extended("kinds", kind, SIZE);
	struct pb_paged *p;
	int err = pb_open(path, &config, &p);
	fill_one(expected, SIZE);
	if (kind == EXTENDED_COMPRESSED && config.read == PB_READ_MAPPED) {
		ck_assert_int_eq(err, PB_ERR_ARGUMENT);
		return;
	}
	ck_assert_int_eq(err, PB_OK);
	parts_are_right(p);
	pb_clear(p);
	wholes_are_right(p);
	parts_are_right(p);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* A model with one changed byte: never returned when it is to be verified, and never from a compressed
 * file. */
START_TEST(damage_is_seen)
{
	enum extended_kind kind = _i % KINDS ? EXTENDED_COMPRESSED : EXTENDED_PLAIN;
	struct pb_config config = config_of(_i / KINDS);
	const char *path = make_extended("damaged", kind, SIZE);
	size_t len;
	char *file = slurp(path, &len);
	file[data_offset_of(file) + 20000] ^= 4;
	FILE *to = fopen(path, "we");
	ck_assert(to && fwrite(file, 1, len, to) == len && fclose(to) == 0);
	free(file);
	struct pb_paged *p;
	struct pb_view view;
	if (kind == EXTENDED_COMPRESSED && config.read == PB_READ_MAPPED)
		return;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	bool seen = config.verify || kind == EXTENDED_COMPRESSED;
	ck_assert_int_eq(pb_get(p, "one", &view), seen ? PB_ERR_DAMAGED : PB_OK);
	if (!seen)
		pb_release(&view);
	const size_t both[] = { 2, 3 };
	struct pb_view views[2];
	ck_assert_int_eq(pb_get_many(p, both, 2, views), seen ? PB_ERR_DAMAGED : PB_OK);
	for (int i = 0; !seen && i < 2; i++)
		pb_release(&views[i]);
	ck_assert_int_eq(pb_get(p, "two", &view), PB_OK);
	pb_release(&view);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

Suite *kinds_suite(void)
{
	Suite *suite = suite_create("kinds");
	TCase *tc = tcase_create("kinds");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, same_bytes, 0, WAYS * KINDS);
	tcase_add_loop_test(tc, damage_is_seen, 0, WAYS * KINDS);
	suite_add_tcase(suite, tc);
	return suite;
}
