/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and escapes: the text for a terminal or a JSON reader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/base/text.h"

static struct text out;

static const char *done(void)
{
	static char buf[256];
	ck_assert(!out.failed && out.len < sizeof(buf));
	memcpy(buf, out.data, out.len);
	buf[out.len] = '\0';
	text_free(&out);
	return buf;
}

START_TEST(numbers)
{
	text_u64(&out, UINT64_MAX);
	text_char(&out, ' ');
	text_s64(&out, INT64_MIN);
	text_char(&out, ' ');
	text_hex(&out, 0);
	text_char(&out, ' ');
	text_octal(&out, 0644);
	text_octal(&out, 0);
	ck_assert_str_eq(done(), "18446744073709551615 -9223372036854775808 0x0 06440");
}
END_TEST

/* Numbers of every length, and around each power of ten and of two. */
START_TEST(numbers_of_any_length)
{
	char expected[32];
	uint64_t edges[84], power = 1;
	unsigned count = 0;
	for (; count < 64; count++)
		edges[count] = 1ull << count;
	for (; count < 84; count++, power *= 10)
		edges[count] = power;
	for (unsigned i = 0; i < 84; i++)
		for (int off = -1; off <= 1; off++) {
			uint64_t v = edges[i] + (uint64_t)off;
			snprintf(expected, sizeof(expected), "<%llu>", (unsigned long long)v);
			text_char(&out, '<');
			text_u64(&out, v);
			text_char(&out, '>');
			ck_assert_str_eq(done(), expected);
		}
	srandom(3);
	for (int i = 0; i < 100000; i++) {
		uint64_t v = ((uint64_t)random() << 33 ^ (uint64_t)random()) >> random() % 64;
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)v);
		text_u64(&out, v);
		ck_assert(strcmp(done(), expected) == 0);
	}
}
END_TEST

START_TEST(seconds_are_cut)
{
	text_seconds(&out, 8999, 6);
	text_char(&out, ' ');
	text_seconds(&out, 12000000001ULL, 9);
	text_char(&out, ' ');
	text_seconds(&out, 1999999999, 0);
	ck_assert_str_eq(done(), "0.000008 12.000000001 1");
}
END_TEST

START_TEST(escapes_what_a_terminal_obeys)
{
	static const char in[] = "a\"\\\n\033[31m\0017\377 \xc2\x9b"
				 "31m \xc3\xa9 \x7f";
	text_escaped(&out, in, sizeof(in) - 1);
	ck_assert_str_eq(done(), "a\\\"\\\\\\n\\33[31m\\0017\\377 \\302\\23331m \xc3\xa9 \\177");
}
END_TEST

/* What turns text around, ends a line or cannot be seen is no part of a name that is shown as it is. */
START_TEST(escapes_what_is_hidden)
{
	static const char in[] = "\xe2\x80\xae"
				 "gnp.exe \xe2\x80\xa8 \xe2\x80\x8bz \xef\xbb\xbf"
				 "b \xc2\x9b"
				 "31m "
				 "\xe2\x81\xa6 \xc2\xad \xe4\xb8\xad\xe2\x82\xac\xf0\x9f\x98\x80";
	text_escaped(&out, in, sizeof(in) - 1);
	ck_assert_str_eq(done(),
		"\\342\\200\\256gnp.exe \\342\\200\\250 \\342\\200\\213z \\357\\273\\277b \\302\\23331m "
		"\\342\\201\\246 \\302\\255 \xe4\xb8\xad\xe2\x82\xac\xf0\x9f\x98\x80");
	text_json(&out, in, sizeof(in) - 1);
	ck_assert_str_eq(done(), "\\u202egnp.exe \\u2028 \\u200bz \\ufeffb \\u009b31m \\u2066 \\u00ad "
				 "\xe4\xb8\xad\xe2\x82\xac\xf0\x9f\x98\x80");
}
END_TEST

START_TEST(json_is_valid_utf8)
{
	static const char in[] = "\"\\\n\001\xff\xc3\xa9\xed\xa0\x80";
	text_json(&out, in, sizeof(in) - 1);
	ck_assert_str_eq(
		done(), "\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, numbers_of_any_length);
	tcase_add_test(tc, seconds_are_cut);
	tcase_add_test(tc, escapes_what_a_terminal_obeys);
	tcase_add_test(tc, escapes_what_is_hidden);
	tcase_add_test(tc, json_is_valid_utf8);
	suite_add_tcase(suite, tc);
	return suite;
}
