/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of --max-overhead, at event rates that the test sets. */
#include <stdlib.h>
#include <string.h>

#include "user/kernel/governor.h"
#include "tests/suites.h"

#define SECOND 1000000000ull

/* The cost of the steps at `all`: the next ones cost 80% and 60% of it. */
static bool look_at(struct governor *governor, uint64_t ns, double all)
{
	const double shares[STEPS] = { all, 0.8 * all, 0.6 * all, 0 };
	return governor_update(governor, ns, shares);
}

static const struct {
	double all;
	enum governor_step step;
} rates[] = { { 0, STEP_ALL }, { 0.0099, STEP_ALL }, { 0.0101, STEP_SOME }, { 0.013, STEP_COUNT },
	{ 0.017, STEP_FEWER }, { 5, STEP_FEWER } };

START_TEST(first_that_fits)
{
	struct governor governor;
	governor_init(&governor, 0.01, governor_events);
	ck_assert_int_eq(look_at(&governor, SECOND, rates[_i].all), rates[_i].step != STEP_ALL);
	ck_assert_int_eq(governor.step, rates[_i].step);
	ck_assert(!look_at(&governor, 2 * SECOND, rates[_i].all));
}
END_TEST

START_TEST(no_limit)
{
	struct governor governor;
	governor_init(&governor, 0, governor_events);
	ck_assert(!look_at(&governor, SECOND, 0.9));
	ck_assert(!governor_update(&governor, 100 * SECOND, NULL));
	ck_assert_int_eq(governor.step, STEP_ALL);
}
END_TEST

/* Up only after three seconds of low load without interruption, and with some room. */
START_TEST(up_again)
{
	struct governor governor;
	governor_init(&governor, 0.01, governor_events);
	ck_assert(look_at(&governor, 1 * SECOND, 0.5));
	ck_assert(!look_at(&governor, 2 * SECOND, 0.001));
	ck_assert(!look_at(&governor, 4 * SECOND, 0.009)); /* the first step with room is still "some" */
	ck_assert_int_eq(governor.step, STEP_FEWER);
	ck_assert(look_at(&governor, 5 * SECOND, 0.001));
	ck_assert_int_eq(governor.step, STEP_ALL);

	ck_assert(look_at(&governor, 30 * SECOND, 0.5));
	ck_assert(!look_at(&governor, 31 * SECOND, 0.001));
	ck_assert(!look_at(&governor, 33 * SECOND, 0.5)); /* an interruption */
	ck_assert(!look_at(&governor, 34 * SECOND, 0.001));
	ck_assert(!look_at(&governor, 36 * SECOND, 0.001));
	ck_assert(look_at(&governor, 37 * SECOND, 0.001));
}
END_TEST

/* Where the rate is not known without probes, they are attached again to measure it, after a longer time
 * whenever that was wrong. */
START_TEST(looks_again)
{
	struct governor governor;
	uint64_t ns = SECOND, waited = 0;
	governor_init(&governor, 0.01, governor_events);
	ck_assert(look_at(&governor, ns, 0.5));
	for (int i = 0; i < 8; i++) {
		uint64_t from = ns;
		while (!governor_update(&governor, ns, NULL))
			ns += SECOND / 10;
		ck_assert_int_eq(governor.step, STEP_COUNT);
		ck_assert_uint_ge(ns - from, waited);
		waited = ns - from;
		ck_assert(look_at(&governor, ns += SECOND / 4, 0.5));
		ck_assert_int_eq(governor.step, STEP_FEWER);
	}
	ck_assert_uint_ge(waited, 59 * SECOND);
	ck_assert_uint_le(waited, 61 * SECOND);
}
END_TEST

START_TEST(words)
{
	struct text t = { 0 };
	struct governor governor;
	governor_init(&governor, 0.01, governor_events);
	look_at(&governor, SECOND, 0.0421);
	governor_text(&t, &governor);
	ck_assert_msg(strstr(t.data, "overhead would be 4.2%, at most 1%: the frequent probes are taken off"),
		"%s", t.data);
	text_free(&t);
	double max = 1;
	ck_assert(governor_parse("off", &max) && max == 0);
	ck_assert(governor_parse("0.5%", &max) && max == 0.005);
	ck_assert(governor_parse("2", &max) && max == 0.02);
	static const char *const wrong[] = { "", "x", "0", "-1", "101", "nan", "1x", "%" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!governor_parse(wrong[i], &max), "%s", wrong[i]);
}
END_TEST

Suite *governor_suite(void)
{
	Suite *suite = suite_create("governor");
	TCase *tc = tcase_create("governor");
	tcase_add_loop_test(tc, first_that_fits, 0, (int)(sizeof(rates) / sizeof(*rates)));
	tcase_add_test(tc, no_limit);
	tcase_add_test(tc, up_again);
	tcase_add_test(tc, looks_again);
	tcase_add_test(tc, words);
	suite_add_tcase(suite, tc);
	return suite;
}
