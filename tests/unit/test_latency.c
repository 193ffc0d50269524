/* SPDX-License-Identifier: BSD-2-Clause */
/* The histogram, compared with sorted values. */
#include <math.h>
#include <stdlib.h>

#include "tests/suites.h"
#include "user/event/latency.h"

START_TEST(nothing_has_no_percentile)
{
	struct latency l = { 0 };
	ck_assert_uint_eq(latency_percentile(&l, 50), 0);
	latency_free(&l);
}
END_TEST

START_TEST(small_values_and_single_ones_are_exact)
{
	struct latency l = { 0 };
	latency_add(&l, 123456789, NULL);
	ck_assert_uint_eq(latency_percentile(&l, 0), 123456789);
	ck_assert_uint_eq(latency_percentile(&l, 50), 123456789);
	ck_assert_uint_eq(latency_percentile(&l, 99), 123456789);
	latency_free(&l);
	for (uint64_t v = 1; v <= 60; v++)
		latency_add(&l, v, NULL);
	ck_assert_uint_eq(latency_percentile(&l, 50), 30);
	ck_assert_uint_eq(latency_percentile(&l, 90), 54);
	ck_assert_uint_eq(latency_percentile(&l, 100), 60);
	latency_free(&l);
}
END_TEST

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Values over eighteen orders of magnitude; the expected percentile is that of the sorted values. */
START_TEST(percentiles_are_near_the_sorted_ones)
{
	enum { COUNT = 20000 };
	static uint64_t values[COUNT];
	static const double percents[] = { 1, 10, 50, 90, 99, 99.9, 100 };
	struct latency l = { 0 }, half[2] = { 0 }, merged = { 0 };
	srandom(1);
	for (int i = 0; i < COUNT; i++) {
		values[i] = (uint64_t)pow(10, (double)random() / RAND_MAX * 18);
		latency_add(&l, values[i], NULL);
		latency_add(&half[i & 1], values[i], NULL);
	}
	latency_merge(&merged, &half[0], NULL);
	latency_merge(&merged, &half[1], NULL);
	qsort(values, COUNT, sizeof(*values), by_value);
	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		double exact = (double)values[(size_t)ceil(percents[i] / 100 * COUNT) - 1];
		double got = (double)latency_percentile(&l, percents[i]);
		ck_assert_msg(
			fabs(got - exact) <= exact * 0.016 + 0.5, "p%g: %g for %g", percents[i], got, exact);
		ck_assert_uint_eq(
			latency_percentile(&merged, percents[i]), latency_percentile(&l, percents[i]));
	}
	ck_assert_uint_eq(merged.count, COUNT);
	latency_free(&l);
	latency_free(&half[0]);
	latency_free(&half[1]);
	latency_free(&merged);
}
END_TEST

START_TEST(the_ends_of_the_range)
{
	struct latency l = { 0 };
	latency_add(&l, 0, NULL);
	latency_add(&l, UINT64_MAX, NULL);
	ck_assert_uint_eq(latency_percentile(&l, 50), 0);
	ck_assert(latency_percentile(&l, 99) >= UINT64_MAX / 64 * 62);
	latency_free(&l);
}
END_TEST

START_TEST(without_room_it_gets_coarser_and_loses_nothing)
{
	struct latency l = { 0 }, none = { 0 };
	size_t room = 4 * sizeof(struct latency_bucket), no_room = 0;
	for (uint64_t v = 1; v <= 1000; v++)
		latency_add(&l, v * 1000, &room);
	ck_assert_uint_eq(room, 0);
	ck_assert_uint_eq(l.count, 1000);
	ck_assert_uint_eq(l.cap, 4);
	uint64_t kept = 0;
	for (uint32_t i = 0; i < l.used; i++)
		kept += l.buckets[i].count;
	ck_assert_uint_eq(kept, 1000);
	latency_add(&none, 5, &no_room);
	ck_assert_uint_eq(none.count, 1);
	ck_assert_uint_eq(latency_percentile(&none, 50), 5);
	latency_free(&l);
	latency_free(&none);
}
END_TEST

/* Ten thousand models whose loads take about the same time each must stay small. */
START_TEST(memory_follows_the_spread)
{
	struct latency l = { 0 };
	for (uint64_t i = 0; i < 100000; i++)
		latency_add(&l, 9000 + i % 500, NULL);
	ck_assert_uint_le(l.cap, 8);
	ck_assert_uint_eq(sizeof(struct latency_bucket), 8);
	latency_free(&l);
}
END_TEST

/* A histogram counted elsewhere, as the kernel side does, equals one counted here. */
START_TEST(what_was_counted_elsewhere)
{
	struct latency here = { 0 }, there = { 0 };
	struct latency_sums sums = { .min = UINT64_MAX };
	srandom(7);
	for (int i = 0; i < 20000; i++) {
		uint64_t v = (uint64_t)pow(10, 2 + (double)random() / RAND_MAX * 9);
		latency_add(&here, v, NULL);
		latency_count(&there, spread_bucket(v), 1);
		spread_square(&sums.squares, v);
		sums.count++;
		sums.sum += v;
		sums.min = v < sums.min ? v : sums.min;
		sums.max = v > sums.max ? v : sums.max;
	}
	latency_exact(&there, &sums);
	ck_assert_uint_eq(there.count, here.count);
	ck_assert_uint_eq(there.min, here.min);
	ck_assert_uint_eq(there.max, here.max);
	ck_assert_double_eq_tol(there.mean / here.mean, 1, 1e-9);
	ck_assert_double_eq_tol(latency_deviation(&there) / latency_deviation(&here), 1, 1e-9);
	for (double percent = 0; percent <= 100; percent += 0.5)
		ck_assert_uint_eq(latency_percentile(&there, percent), latency_percentile(&here, percent));
	latency_free(&here);
	latency_free(&there);
}
END_TEST

/* Equal times: the sums cancel, and a rounding error is not taken for a deviation. */
START_TEST(no_deviation_out_of_rounding)
{
	struct latency l = { 0 };
	struct latency_sums sums = { .count = 1000000, .min = 1000003, .max = 1000003 };
	for (int i = 0; i < 1000000; i++)
		spread_square(&sums.squares, 1000003);
	sums.sum = 1000000ull * 1000003;
	latency_exact(&l, &sums);
	ck_assert_double_eq(latency_deviation(&l), 0);
}
END_TEST

START_TEST(squares_have_128_bits)
{
	struct square_sum sum = { 0 };
	unsigned __int128 expected = 0;
	srandom(9);
	for (int i = 0; i < 100000; i++) {
		uint64_t v = ((uint64_t)random() << 33 ^ (uint64_t)random() << 10 ^ (uint64_t)random()) >>
			     random() % 64;
		spread_square(&sum, v);
		expected += (unsigned __int128)v * v;
		ck_assert(sum.low == (uint64_t)expected && sum.high == (uint64_t)(expected >> 64));
	}
	sum = (struct square_sum){ 0 };
	spread_square(&sum, UINT64_MAX);
	ck_assert(sum.low == 1 && sum.high == UINT64_MAX - 1);
}
END_TEST

Suite *latency_suite(void)
{
	Suite *suite = suite_create("latency");
	TCase *tc = tcase_create("latency");
	tcase_add_test(tc, nothing_has_no_percentile);
	tcase_add_test(tc, small_values_and_single_ones_are_exact);
	tcase_add_test(tc, percentiles_are_near_the_sorted_ones);
	tcase_add_test(tc, the_ends_of_the_range);
	tcase_add_test(tc, without_room_it_gets_coarser_and_loses_nothing);
	tcase_add_test(tc, memory_follows_the_spread);
	tcase_add_test(tc, what_was_counted_elsewhere);
	tcase_add_test(tc, no_deviation_out_of_rounding);
	tcase_add_test(tc, squares_have_128_bits);
	suite_add_tcase(suite, tc);
	return suite;
}
