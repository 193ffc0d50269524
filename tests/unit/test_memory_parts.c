/* SPDX-License-Identifier: BSD-2-Clause */
/* What the printers of memory are made of: bounded reads, and the text of single values. */
#include <sys/stat.h>

#include "tests/suites.h"
#include "user/calls/memory_read.h"
#include "user/calls/value_text.h"

START_TEST(reads_stay_inside)
{
	struct span memory = { "\1\2\3\4\5\6\7\x88", 8, false };
	ck_assert_uint_eq(memory_u32(memory, 0), 0x04030201);
	ck_assert_int_eq(memory_s32(memory, 4), (int32_t)0x88070605);
	ck_assert_uint_eq(memory_u64(memory, 0), 0x8807060504030201);
	ck_assert_uint_eq(memory_number(memory, 6, 2), 0x8807);
	ck_assert_uint_eq(memory_number(memory, 7, 2), 0);
	ck_assert_uint_eq(memory_u64(memory, 1), 0);
	ck_assert_uint_eq(memory_number(memory, 0, 9), 0);
	struct span part = memory_part(memory, 6, 5);
	ck_assert(part.len == 2 && part.data == memory.data + 6);
	ck_assert_uint_eq(memory_part(memory, 3, 2).len, 2);
	ck_assert_uint_eq(memory_part(memory, 9, SIZE_MAX).len, 0);
}
END_TEST

START_TEST(single_values)
{
	struct text out = { 0 };
	pointer_text(&out, 0);
	text_char(&out, ' ');
	pointer_text(&out, 0x10);
	text_char(&out, ' ');
	hex_text(&out, 0);
	text_char(&out, ' ');
	permissions_text(&out, 0);
	text_char(&out, ' ');
	permissions_text(&out, 4);
	text_char(&out, ' ');
	mode_text(&out, 0644);
	text_char(&out, ' ');
	mode_text(&out, S_IFDIR | S_ISVTX);
	text_char(&out, ' ');
	limit_text(&out, 1024);
	text_char(&out, '\0');
	ck_assert_str_eq(out.data, "NULL 0x10 0 000 004 0644 S_IFDIR|S_ISVTX|000 1024");
	text_free(&out);
}
END_TEST

Suite *memory_parts_suite(void)
{
	Suite *suite = suite_create("memory_parts");
	TCase *tc = tcase_create("memory_parts");
	tcase_add_test(tc, reads_stay_inside);
	tcase_add_test(tc, single_values);
	suite_add_tcase(suite, tc);
	return suite;
}
