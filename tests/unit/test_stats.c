/* SPDX-License-Identifier: BSD-2-Clause */
/* Percentiles, deviations and outliers, compared with plain arithmetic on the sorted values. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

#include "tests/suites.h"
#include "user/sink/summary_json.h"
#include "user/sink/summary_text.h"
#include "user/tables/outliers.h"
#include "user/tables/stats.h"
#include "user/tables/summary.h"
#include "user/event/words.h"
#include "made_event.h"

enum { COUNT = 20000 };

static uint64_t values[COUNT];
static struct stats *stats;

static void begin(bool histogram, double sigma)
{
	const struct stats_options options = { .extended = true, .histogram = histogram, .sigma = sigma };
	stats = stats_new(&options, 0);
	ck_assert_ptr_nonnull(stats);
}

static void call(const char *name, uint64_t ns, uint64_t time_ns, uint32_t tid)
{
	struct event ev = made(EVENT_SYSCALL, time_ns);
	ev.tid = tid;
	ev.duration_ns = ns;
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number(name), .returned = true };
	ck_assert_int_eq(stats_event(stats, &ev), 0);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Most calls take about the same time, and some form a long tail. */
static void fill(unsigned seed)
{
	srandom(seed);
	for (int i = 0; i < COUNT; i++)
		values[i] = (uint64_t)(500 + pow(10, (double)random() / RAND_MAX * (i % 100 ? 3 : 6)));
}

static double mean_of(void)
{
	long double sum = 0;
	for (int i = 0; i < COUNT; i++)
		sum += values[i];
	return (double)(sum / COUNT);
}

static double deviation_of(double mean)
{
	long double squares = 0;
	for (int i = 0; i < COUNT; i++)
		squares += ((long double)values[i] - mean) * ((long double)values[i] - mean);
	return (double)sqrtl(squares / COUNT);
}

static double json_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	ck_assert_msg(cJSON_IsNumber(item), "no %s", key);
	return item->valuedouble;
}

static struct run_result result_of(void)
{
	return (struct run_result){ .stats = stats, .durations = true };
}

/* The JSON object. */
static cJSON *parsed(void)
{
	static struct call_count calls[SYSCALL_MAX];
	struct out out = made_out();
	struct run_result result = result_of();
	memset(calls, 0, sizeof(calls));
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (stats->calls[nr])
			calls[nr].calls = stats->calls[nr]->ns.count;
	result.calls = calls;
	struct json j = { .text = &out.text };
	json_begin_object(&j);
	ck_assert_int_eq(summary_json(&j, &out, &result), 0);
	json_end_object(&j);
	char *text = written(&out);
	cJSON *json = cJSON_Parse(text);
	ck_assert_msg(json != NULL, "%s", text);
	free(text);
	return json;
}

static const cJSON *call_of(const cJSON *json, const char *name)
{
	const cJSON *each, *calls = cJSON_GetObjectItemCaseSensitive(json, "syscalls");
	cJSON_ArrayForEach(each,
		calls) if (strcmp(cJSON_GetObjectItem(each, "name")->valuestring, name) == 0) return each;
	ck_abort_msg("no %s", name);
}

START_TEST(numbers_are_those_of_the_sorted_values)
{
	static const struct {
		const char *key;
		double percent;
	} percentiles[] = { { "p50", 50 }, { "p75", 75 }, { "p90", 90 }, { "p95", 95 }, { "p99", 99 },
		{ "p99_9", 99.9 } };
	fill((unsigned)_i + 1);
	begin(false, 3);
	for (int i = 0; i < COUNT; i++)
		call("read", values[i], 1000, 7);
	double mean = mean_of(), deviation = deviation_of(mean);
	qsort(values, COUNT, sizeof(*values), by_value);
	cJSON *json = parsed();
	const cJSON *us = cJSON_GetObjectItem(call_of(json, "read"), "latency_us");
	ck_assert_double_eq(json_of(us, "count"), COUNT);
	ck_assert_double_eq_tol(json_of(us, "min"), (double)values[0] / 1000, 1e-9);
	ck_assert_double_eq_tol(json_of(us, "max"), (double)values[COUNT - 1] / 1000, 1e-9);
	ck_assert_double_eq_tol(json_of(us, "mean"), mean / 1000, 0.001);
	ck_assert_double_eq_tol(json_of(us, "stddev"), deviation / 1000, 0.001);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++) {
		double exact = (double)values[(size_t)ceil(percentiles[i].percent / 100 * COUNT) - 1] / 1000;
		ck_assert_double_eq_tol(json_of(us, percentiles[i].key), exact, exact * 0.016 + 0.001);
	}
	/* more than are kept one by one: as exact as the histogram */
	double below = 0, above = 0, limit = mean + 3 * deviation;
	for (int i = 0; i < COUNT; i++) {
		below += (double)values[i] > limit * 1.017;
		above += (double)values[i] > limit * 0.983;
	}
	ck_assert_double_gt(below, SLOW_KEPT);
	ck_assert_double_ge(json_of(us, "outliers"), below);
	ck_assert_double_le(json_of(us, "outliers"), above);
	cJSON_Delete(json);
	stats_free(stats);
}
END_TEST

START_TEST(parts_add_up_to_the_whole)
{
	struct latency parts[7] = { 0 }, sum = { 0 };
	fill(9);
	for (int i = 0; i < COUNT; i++)
		latency_add(&parts[i % 7 * (i % 3 != 0)], values[i], NULL);
	for (int i = 0; i < 7; i++)
		latency_merge(&sum, &parts[i], NULL);
	ck_assert_double_eq_tol(sum.mean, mean_of(), 1e-6 * mean_of());
	ck_assert_double_eq_tol(
		latency_deviation(&sum), deviation_of(mean_of()), 1e-6 * deviation_of(mean_of()));
	for (int i = 0; i < 7; i++)
		latency_free(&parts[i]);
	latency_free(&sum);
}
END_TEST

START_TEST(times_of_hours_and_of_nothing)
{
	struct latency l = { 0 };
	const uint64_t day = 86400000000000;
	ck_assert_double_eq(latency_deviation(&l), 0);
	latency_add(&l, day, NULL);
	ck_assert_double_eq(latency_deviation(&l), 0);
	ck_assert_uint_eq(latency_above(&l, (double)day), 0);
	latency_add(&l, day + 2, NULL);
	latency_add(&l, day + 4, NULL);
	ck_assert_double_eq(l.mean, (double)day + 2);
	ck_assert_double_eq_tol(latency_deviation(&l), sqrt(8.0 / 3), 1e-6); /* no cancellation */
	latency_free(&l);
}
END_TEST

/* Three obvious outliers among 1000, each with its time and thread; the usual duration of one call does
 * not affect another. */
START_TEST(outliers_are_found_by_name)
{
	begin(false, 5);
	for (unsigned i = 0; i < 1000; i++)
		call("read", i % 400 == 399 ? 5000000 + i : 1000 + i % 10, 10000 + i, i);
	call("read", 6000000, 20000, 77);
	for (unsigned i = 0; i < 100; i++)
		call("fsync", 9000000, 30000 + i, 5);
	cJSON *json = parsed();
	const cJSON *anomalies = cJSON_GetObjectItem(json, "anomalies");
	ck_assert_double_eq(json_of(anomalies, "threshold_sigma"), 5);
	ck_assert_double_eq(json_of(anomalies, "total"), 3);
	ck_assert_double_eq(json_of(cJSON_GetObjectItem(call_of(json, "read"), "latency_us"), "outliers"), 3);
	ck_assert_double_eq(
		json_of(cJSON_GetObjectItem(call_of(json, "fsync"), "latency_us"), "outliers"), 0);
	const cJSON *farthest = cJSON_GetObjectItem(anomalies, "farthest");
	static const double durations[] = { 6000000, 5000799, 5000399 }, tids[] = { 77, 799, 399 },
			    times[] = { 20000, 10799, 10399 };
	ck_assert_int_eq(cJSON_GetArraySize(farthest), 3);
	for (int i = 0; i < 3; i++) {
		const cJSON *o = cJSON_GetArrayItem(farthest, i);
		ck_assert_str_eq(cJSON_GetObjectItem(o, "name")->valuestring, "read");
		ck_assert_double_eq(json_of(o, "duration_ns"), durations[i]);
		ck_assert_double_eq(json_of(o, "tid"), tids[i]);
		ck_assert_double_eq(json_of(o, "time_ns"), times[i]);
	}
	const struct latency *l = &stats->calls[syscall_number("read")]->ns;
	ck_assert_double_eq_tol(
		json_of(farthest->child, "sigma"), (6000000 - l->mean) / latency_deviation(l), 0.001);
	cJSON_Delete(json);
	stats_free(stats);
}
END_TEST

START_TEST(the_slowest_are_kept_whatever_their_order)
{
	fill(4);
	begin(false, 0.001);
	for (int i = 0; i < COUNT; i++)
		call("read", values[i], (uint64_t)i, 1);
	qsort(values, COUNT, sizeof(*values), by_value);
	const struct call_times *times = stats->calls[syscall_number("read")];
	ck_assert_uint_eq(times->kept, SLOW_KEPT);
	for (int i = 0; i < SLOW_KEPT; i++)
		ck_assert_uint_eq(times->slowest[i].duration_ns, values[COUNT - 1 - i]);
	/* the list of many calls with many outliers is limited, the total is not */
	static const char *const names[] = { "write", "lseek", "openat", "close", "pread64", "mmap",
		"futex" };
	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
		for (int i = 0; i < COUNT; i++)
			call(names[n], values[i], (uint64_t)i, 1);
	struct outlier outliers[OUTLIERS_MAX];
	struct run_result result = result_of();
	uint64_t total;
	ck_assert_uint_eq(stats_outliers(&result, outliers, &total), OUTLIERS_MAX);
	ck_assert_uint_gt(total, 800);
	for (unsigned i = 1; i < OUTLIERS_MAX; i++)
		ck_assert_double_ge(outliers[i - 1].sigma, outliers[i].sigma);
	stats_free(stats);
}
END_TEST

/* As the kernel side delivers what each CPU kept: unordered. */
START_TEST(of_the_slowest_that_took_the_same_the_first_are_kept)
{
	struct call_times times = { 0 };
	for (unsigned i = 0; i < 3 * SLOW_KEPT; i++) {
		const struct slow slow = { (i * 7) % (3 * SLOW_KEPT), 1000, i, i };
		stats_keep_slow(&times, &slow);
	}
	for (unsigned i = 0; i < SLOW_KEPT; i++)
		ck_assert_uint_eq(times.slowest[i].time_ns, i);
}
END_TEST

START_TEST(powers_of_two_hold_every_value_once)
{
	uint64_t counts[LATENCY_POWERS], expected[LATENCY_POWERS] = { 0 };
	struct latency l = { 0 };
	srandom(5);
	for (int i = 0; i < COUNT; i++) {
		uint64_t v = ((uint64_t)random() << 32 | (uint64_t)random()) >> random() % 63;
		int power = 0;
		while (power < 63 && v >> (power + 1))
			power++;
		expected[power]++;
		latency_add(&l, v, NULL);
	}
	for (int power = 1; power < 64; power++) { /* the edges */
		latency_add(&l, 1ull << power, NULL);
		latency_add(&l, (1ull << power) - 1, NULL);
		expected[power]++;
		expected[power - 1]++;
	}
	latency_powers(&l, counts);
	for (int power = 0; power < LATENCY_POWERS; power++)
		ck_assert_msg(counts[power] == expected[power], "2^%d: %llu for %llu", power,
			(unsigned long long)counts[power], (unsigned long long)expected[power]);
	latency_free(&l);
}
END_TEST

static char *tables(void)
{
	struct run_result result = result_of();
	struct out out = made_out();
	ck_assert_int_eq(summary_text(&out, &result), 0);
	return written(&out);
}

START_TEST(text_is_a_row_and_bars)
{
	begin(true, 1);
	for (unsigned i = 0; i < 3; i++)
		call("read", 1000, 1, 1);
	call("read", 4000, 5123456789, 3);
	setenv("TZ", "UTC", 1);
	char *text = tables();
	ck_assert_str_eq(text,
		"\n"
		"calls     min     p50     p75     p90     p95     p99   p99.9     max    mean  stddev outliers syscall\n"
		"----- ------- ------- ------- ------- ------- ------- ------- ------- ------- ------- -------- ----------------\n"
		"    4 1.00 us 1.00 us 1.00 us 4.00 us 4.00 us 4.00 us 4.00 us 4.00 us 1.75 us 1.30 us        1 read\n"
		"\n"
		"read\n"
		"nanoseconds        count relative\n"
		"[512, 1K)              3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"[1K, 2K)               0 |                                                  |\n"
		"[2K, 4K)               1 |@@@@@@@@@@@@@@@@                                  |\n"
		"\n"
		"outliers, longer than the mean by more than 1 standard deviations: 1\n"
		"           time     pid     tid    took sigma what\n"
		"--------------- ------- ------- ------- ----- ----------------\n"
		"00:00:05.123456    1234       3 4.00 us   1.7 read\n");
	free(text);
	stats_free(stats);
}
END_TEST

START_TEST(models_have_the_same)
{
	struct summary *s = summary_new();
	begin(true, 3);
	for (unsigned i = 0; i < 50; i++) {
		struct event ev =
			made_app(EVENT_APP_LOAD, SPAN("encoder"), 0, 100, i == 20 ? 900000 : 2000 + i, 0);
		ev.time_ns = 1000 + i;
		summary_event(s, &ev);
	}
	struct run_result result = result_of();
	result.summary = s;
	struct outlier outliers[OUTLIERS_MAX];
	uint64_t total;
	ck_assert_uint_eq(stats_outliers(&result, outliers, &total), 1);
	ck_assert_uint_eq(total, 1);
	ck_assert_uint_eq(outliers[0].slow.time_ns, 1020);
	ck_assert_uint_eq(outliers[0].slow.duration_ns, 900000);
	struct out out = made_out();
	ck_assert_int_eq(summary_text(&out, &result), 0);
	char *text = written(&out);
	ck_assert_ptr_nonnull(
		strstr(text, "   50 2.00 us 2.03 us 2.03 us 2.03 us 2.08 us  900 us  900 us  900 us"));
	ck_assert_ptr_nonnull(strstr(text, "\nload of encoder\nnanoseconds "));
	ck_assert_ptr_nonnull(strstr(text, " load encoder\n"));
	free(text);
	summary_free(s);
	stats_free(stats);
}
END_TEST

START_TEST(three_digits)
{
	static const struct {
		double ns;
		const char *text;
	} times[] = { { 0, "0 ns" }, { 999.4, "999 ns" }, { 999.6, "1.00 us" }, { 9994, "9.99 us" },
		{ 9996, "10.0 us" }, { 99940, "99.9 us" }, { 99960, "100 us" }, { 12345678, "12.3 ms" },
		{ 2e9, "2.00 s" }, { 86400e9, "86400 s" } };
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		struct text t = { 0 };
		duration_digits(&t, times[i].ns);
		ck_assert_msg(t.len == strlen(times[i].text) && memcmp(t.data, times[i].text, t.len) == 0,
			"%.*s for %s", (int)t.len, t.data, times[i].text);
		text_free(&t);
	}
}
END_TEST

Suite *stats_suite(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, numbers_are_those_of_the_sorted_values, 0, 5);
	tcase_add_test(tc, parts_add_up_to_the_whole);
	tcase_add_test(tc, times_of_hours_and_of_nothing);
	tcase_add_test(tc, outliers_are_found_by_name);
	tcase_add_test(tc, the_slowest_are_kept_whatever_their_order);
	tcase_add_test(tc, of_the_slowest_that_took_the_same_the_first_are_kept);
	tcase_add_test(tc, powers_of_two_hold_every_value_once);
	tcase_add_test(tc, text_is_a_row_and_bars);
	tcase_add_test(tc, models_have_the_same);
	tcase_add_test(tc, three_digits);
	suite_add_tcase(suite, tc);
	return suite;
}
