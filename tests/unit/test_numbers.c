/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in options and in /proc: which are accepted, which are not, and that a failure leaves the
 * result unchanged. */
#include <string.h>

#include "tests/suites.h"
#include "user/base/numbers.h"

#define COUNT(list) (int)(sizeof(list) / sizeof(*(list)))

static const struct {
	const char *text;
	uint64_t value;
	const char *rest; /* NULL: it does not begin with a number */
} starts[] = { { "0", 0, "" }, { "007:memory", 7, ":memory" }, { "18446744073709551615", UINT64_MAX, "" },
	{ "18446744073709551616", 0, NULL }, { "99999999999999999999", 0, NULL }, { "", 0, NULL },
	{ "-1", 0, NULL }, { "+1", 0, NULL }, { " 1", 0, NULL }, { "x1", 0, NULL }, { "1 ", 1, " " },
	{ "0x10", 0, "x10" }, { "1.5", 1, ".5" } };

START_TEST(a_number)
{
	const char *text = starts[_i].text, *rest = starts[_i].rest;
	uint64_t start = 42, whole = 42;
	const char *end = number_start(text, &start);
	ck_assert_msg(rest ? end && strcmp(end, rest) == 0 : !end, "\"%s\": \"%s\" is left", text, end);
	ck_assert_uint_eq(start, rest ? starts[_i].value : 42);
	bool ends = rest && !*rest;
	ck_assert_int_eq(number_whole(text, &whole), ends);
	ck_assert_uint_eq(whole, ends ? starts[_i].value : 42);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes; /* 42: not a size */
} sizes[] = { { "0", 0 }, { "4096", 4096 }, { "4k", 4096 }, { "4K", 4096 }, { "16M", 16 << 20 },
	{ "16m", 16 << 20 }, { "3G", 3ull << 30 }, { "1g", 1 << 30 },
	{ "17179869183G", 17179869183ull << 30 }, { "17179869184G", 42 }, { "18014398509481984K", 42 },
	{ "4KB", 42 }, { "4 K", 42 }, { "K", 42 }, { "4T", 42 }, { "-4K", 42 }, { "1.5M", 42 }, { "", 42 } };

START_TEST(a_size)
{
	uint64_t bytes = 42;
	bool taken = number_bytes(sizes[_i].text, &bytes);
	ck_assert_msg(taken == (sizes[_i].bytes != 42), "\"%s\"", sizes[_i].text);
	ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

static const struct {
	const char *text;
	double value;     /* -1: no number */
	const char *rest; /* followed by this */
} reals[] = { { "0.5", 0.5, "" }, { ".5", 0.5, "" }, { "5.", 5, "" }, { "1e3", 1000, "" }, { "10%", 10, "%" },
	{ "2.5 s", 2.5, " s" }, { "1e400", -1, NULL }, { "-1", -1, NULL }, { "+1", -1, NULL },
	{ " 1", -1, NULL }, { "inf", -1, NULL }, { "nan", -1, NULL }, { "0x8", -1, NULL }, { ".", -1, NULL },
	{ "", -1, NULL } };

START_TEST(a_real_number)
{
	const char *text = reals[_i].text, *rest = reals[_i].rest;
	double start = -1, whole = -1;
	const char *end = number_real_start(text, &start);
	ck_assert_msg(rest ? end && strcmp(end, rest) == 0 : !end, "\"%s\": \"%s\" is left", text, end);
	ck_assert(start == reals[_i].value);
	bool ends = rest && !*rest;
	ck_assert_int_eq(number_real(text, &whole), ends);
	ck_assert(whole == (ends ? reals[_i].value : -1));
}
END_TEST

static const struct {
	const char *text;
	uint64_t ns; /* 42: not a time */
} durations[] = { { "100ms", 100000000 }, { "1.5 s", 1500000000 }, { "  7us", 7000 }, { "3ns", 3 },
	{ "0s", 0 }, { "0.0000000006s", 1 }, { "999999999s", 999999999000000000 }, { "1000000000s", 42 },
	{ "5", 42 }, { "5m", 42 }, { "5 h", 42 }, { "1e3ms", 42 }, { "-1s", 42 }, { ".5s", 42 },
	{ "1.2.3s", 42 }, { "s", 42 }, { "5s ", 42 }, { "", 42 } };

START_TEST(a_duration)
{
	uint64_t ns = 42;
	bool taken = number_duration(durations[_i].text, &ns);
	ck_assert_msg(taken == (durations[_i].ns != 42), "\"%s\"", durations[_i].text);
	ck_assert_uint_eq(ns, durations[_i].ns);
}
END_TEST

Suite *numbers_suite(void)
{
	Suite *suite = suite_create("numbers");
	TCase *tc = tcase_create("numbers");
	tcase_add_loop_test(tc, a_number, 0, COUNT(starts));
	tcase_add_loop_test(tc, a_size, 0, COUNT(sizes));
	tcase_add_loop_test(tc, a_real_number, 0, COUNT(reals));
	tcase_add_loop_test(tc, a_duration, 0, COUNT(durations));
	suite_add_tcase(suite, tc);
	return suite;
}
