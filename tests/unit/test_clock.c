/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks, and times of day. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/clock.h"

START_TEST(units)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	uint64_t before = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	usleep(2000);
	uint64_t ns = clock_monotonic_ns(), ms = clock_monotonic_ms();
	ck_assert_uint_ge(ns, before + 2000000);
	ck_assert_uint_lt(ns, before + 60000000000);
	ck_assert_uint_ge(ms, ns / 1000000);
	ck_assert_uint_lt(ms, ns / 1000000 + 60000);
}
END_TEST

/* Processor time, which does not advance in a sleep. */
START_TEST(any_clock)
{
	uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), wall = clock_monotonic_ns();
	usleep(50000);
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = clock_monotonic_ns() - wall;
	ck_assert_uint_ge(wall, 50000000);
	ck_assert_uint_lt(cpu, 50000000);
}
END_TEST

START_TEST(the_wall_clock)
{
	int64_t off =
		(int64_t)clock_monotonic_ns() + clock_wall_offset_ns() - (int64_t)time(NULL) * 1000000000;
	ck_assert_int_gt(off, -1000000000);
	ck_assert_int_lt(off, 60000000000);
}
END_TEST

static const struct {
	int64_t ns;
	const char *text;
} days[] = { { 0, "<00:00:00.000>" }, { 1700000000123456789, "<22:13:20.123>" },
	{ 1700000000999999999, "<22:13:20.999>" }, { 86399000000000, "<23:59:59.000>" } };

START_TEST(time_of_day)
{
	struct text t = { 0 };
	setenv("TZ", "UTC0", 1);
	tzset();
	text_char(&t, '<');
	clock_time_of_day(&t, days[_i].ns);
	text_char(&t, '>');
	ck_assert_uint_eq(t.len, strlen(days[_i].text));
	ck_assert_mem_eq(t.data, days[_i].text, t.len);
	text_free(&t);
}
END_TEST

Suite *clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = tcase_create("clock");
	tcase_add_test(tc, units);
	tcase_add_test(tc, any_clock);
	tcase_add_test(tc, the_wall_clock);
	tcase_add_loop_test(tc, time_of_day, 0, sizeof(days) / sizeof(*days));
	suite_add_tcase(suite, tc);
	return suite;
}
