/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics of calls with known durations: the target measures them too. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

enum { NAPS = 61 };

/* As reported by the target: measured around the calls, so the calls themselves took less. */
struct naps {
	double least, half, most, sum; /* us */
};

/* The target's only line begins with a digit; those of bundletrace do not. */
static struct naps naps_of(const char *text)
{
	struct naps n;
	while (*text && (*text < '0' || *text > '9'))
		text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
	ck_assert_msg(sscanf(text, "%lf %lf %lf %lf", &n.least, &n.half, &n.most, &n.sum) == 4, "%s", text);
	return (struct naps){ n.least / 1000, n.half / 1000, n.most / 1000, n.sum / 1000 };
}

static const cJSON *entry_of(const cJSON *array, const char *name)
{
	const cJSON *entry;
	cJSON_ArrayForEach(entry, array) if (strcmp(str(entry, "name"), name) == 0) return entry;
	ck_abort_msg("no %s", name);
}

static double us(const cJSON *json, const char *key)
{
	const cJSON *value = get(json, key);
	ck_assert(cJSON_IsNumber(value));
	return value->valuedouble;
}

/* Between the requested time and the time that the target measured. The kernel starts to time a call a
 * little later than the target, and a percentile has an error of at most 1.6%. */
static void between(const char *what, double value, double least, double most)
{
	ck_assert_msg(
		value >= least && value <= most, "%s: %g us, not in %g to %g", what, value, least, most);
}

static void stats_are(const cJSON *summary, const struct naps *n)
{
	const cJSON *call = entry_of(get(summary, "syscalls"), "clock_nanosleep");
	const cJSON *l = get(call, "latency_us");
	ck_assert_int_eq(num(call, "calls"), NAPS);
	ck_assert_int_eq(num(l, "count"), NAPS);
	between("min", us(l, "min"), 2000, n->least);
	between("p50", us(l, "p50"), 2000 * 0.984, n->half * 1.016);
	between("max", us(l, "max"), 80000, n->most);
	between("mean", us(l, "mean"), (2000.0 * (NAPS - 1) + 80000) / NAPS, n->sum / NAPS);
	ck_assert_double_eq_tol(us(l, "mean") * NAPS, us(call, "total_us"), 1);
	ck_assert_double_eq_tol(us(l, "max"), us(call, "max_us"), 0.0015);
	/* one of 61 that is 78 ms longer than the others gives a deviation of 78 * sqrt(60) / 61 */
	between("stddev", us(l, "stddev"), 78000 * sqrt(NAPS - 1) / NAPS * 0.8, n->most);
}

/* The events show which one it is. */
static void outlier_is_the_long_one(const struct traced *t)
{
	const cJSON *event, *slowest = NULL;
	cJSON_ArrayForEach(
		event, t->events) if (is_call(event, "clock_nanosleep") &&
				      (!slowest || num(event, "duration_ns") > num(slowest, "duration_ns")))
		slowest = event;
	const cJSON *outlier = entry_of(get(t->summary, "anomalies.farthest"), "clock_nanosleep");
	ck_assert_int_eq(num(outlier, "duration_ns"), num(slowest, "duration_ns"));
	ck_assert_int_eq(num(outlier, "time_ns"), num(slowest, "time_ns"));
	ck_assert_int_eq(num(outlier, "tid"), num(slowest, "tid"));
	ck_assert_int_ge(num(outlier, "duration_ns"), 80 * 1000000);
	ck_assert_double_gt(us(outlier, "sigma"), 3); /* the threshold */
	ck_assert_int_ge(num(t->summary, "anomalies.total"), 1);
	ck_assert_int_eq(
		num(entry_of(get(t->summary, "syscalls"), "clock_nanosleep"), "latency_us.outliers"), 1);
}

static void histogram_is(const struct traced *t)
{
	int64_t counts[64] = { 0 };
	const cJSON *event, *bar, *call = entry_of(get(t->summary, "syscalls"), "clock_nanosleep");
	cJSON_ArrayForEach(event, t->events) if (is_call(event, "clock_nanosleep"))
		counts[63 - __builtin_clzll((unsigned long long)num(event, "duration_ns"))]++;
	cJSON_ArrayForEach(bar, get(call, "histogram"))
		counts[63 - __builtin_clzll((unsigned long long)num(bar, "from_ns"))] -= num(bar, "count");
	for (int i = 0; i < 64; i++)
		ck_assert_msg(counts[i] == 0, "2^%d: %lld", i, (long long)counts[i]);
}

START_TEST(of_known_times)
{
	struct traced t = trace_command((const char *const[]){ "--stats-extended", "--histogram", NULL },
		(const char *const[]){ built("tests/targets/naps"), NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	struct naps n = naps_of(t.run->err);
	stats_are(t.summary, &n);
	outlier_is_the_long_one(&t);
	histogram_is(&t);
}
END_TEST

/* The same from a recording; without the option, none of it. */
START_TEST(of_a_recording)
{
	const char *file = scratch("x.btrace");
	struct run *run = RUN(built("bundletrace"), "-o", file, "--", built("tests/targets/naps"));
	code_is(run, 0);
	struct naps n = naps_of(run->out);
	struct traced t = traced_of(
		RUN(built("bundletrace"), "--read", file, "--format", "json", "--anomaly-threshold", "4"));
	stats_are(t.summary, &n);
	outlier_is_the_long_one(&t);
	ck_assert_double_eq(us(t.summary, "anomalies.threshold_sigma"), 4);
	t = traced_of(RUN(built("bundletrace"), "--read", file, "--format", "json"));
	ck_assert(!has(t.summary, "anomalies"));
	ck_assert(!has(entry_of(get(t.summary, "syscalls"), "clock_nanosleep"), "latency_us"));
}
END_TEST

/* A row and a list in text, alone and with -c; nothing is above 100 sigma. */
START_TEST(in_text)
{
	struct run *run =
		_i ? RUN(built("bundletrace"), "--stats-extended", "-c", "--", built("tests/targets/naps"))
		   : RUN(built("bundletrace"), "--stats-extended", "--", built("tests/targets/naps"));
	code_is(run, 0);
	ck_assert_ptr_null(strstr(run->err, "execve("));
	ck_assert_ptr_nonnull(strstr(run->err, "% time     seconds"));
	const char *rows =
		strstr(run->err, "\ncalls     min     p50     p75     p90     p95     p99   p99.9     max ");
	ck_assert_msg(rows != NULL, "%s", run->err);
	int naps;
	char p50_unit[4], max_unit[4];
	double min, p50, max, unused;
	const char *row = strstr(rows, " clock_nanosleep\n");
	while (row > rows && row[-1] != '\n')
		row--;
	ck_assert_msg(
		sscanf(row, "%d %lf ms %lf %3s %lf ms %lf ms %lf ms %lf ms %lf ms %lf %3s", &naps, &min, &p50,
			p50_unit, &unused, &unused, &unused, &unused, &unused, &max, max_unit) == 11,
		"%.200s", row);
	struct naps n = naps_of(run->out);
	ck_assert_int_eq(naps, NAPS);
	ck_assert_str_eq(p50_unit, "ms");
	ck_assert_str_eq(max_unit, "ms");
	between("min", min * 1000, 2000, n.least * 1.005);
	between("p50", p50 * 1000, 2000 * 0.98, n.half * 1.02);
	between("max", max * 1000, 80000 * 0.995, n.most * 1.005);
	ck_assert_ptr_nonnull(strstr(run->err, " clock_nanosleep\n"));
	ck_assert_ptr_nonnull(
		strstr(run->err, "\noutliers, longer than the mean by more than 3 standard deviations: "));
	run = RUN(built("bundletrace"), "--anomaly-threshold", "100", "--", built("tests/targets/naps"));
	ck_assert_ptr_nonnull(strstr(
		run->err, "\noutliers, longer than the mean by more than 100 standard deviations: 0\n"));
}
END_TEST

/* The models' loads: the library's events have the duration of each. */
START_TEST(of_loads)
{
	struct traced t = trace_command((const char *const[]){ "--stats-extended", NULL },
		(const char *const[]){ built("bundle_load"), "--limit", "200K", "--models", "5", "--size",
			"64K", "--count", "2000", NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *model, *event;
	int models = 0;
	cJSON_ArrayForEach(model, get(get(t.summary, "bundles")->child, "models"))
	{
		double sum = 0, squares = 0, most = 0, count = 0;
		cJSON_ArrayForEach(event, t.events)
		{
			if (!is_event(event, "load") || strcmp(str(event, "model"), str(model, "name")) != 0)
				continue;
			double took = (double)num(event, "duration_ns") / 1000;
			sum += took;
			squares += took * took;
			most = took > most ? took : most;
			count++;
		}
		double mean = sum / count;
		ck_assert_double_eq(us(model, "latency_us.count"), count);
		ck_assert_double_eq_tol(us(model, "latency_us.mean"), mean, 0.002);
		ck_assert_double_eq_tol(us(model, "latency_us.max"), most, 0.002);
		ck_assert_double_eq_tol(
			us(model, "latency_us.stddev"), sqrt(squares / count - mean * mean), 0.01);
		models++;
	}
	ck_assert_int_eq(models, 5);
}
END_TEST

/* Lost samples are missing, as many as are reported, and the kernel's counts are complete. */
START_TEST(when_events_are_lost)
{
	struct traced t = trace_command(
		(const char *const[]){ "--stats-extended", "--buffer=4K", "-elseek,read", NULL },
		(const char *const[]){ built("tests/targets/storm"), "200000", NULL });
	code_is(t.run, 0);
	int64_t seen = 0, counted = 0;
	const cJSON *call;
	cJSON_ArrayForEach(call, get(t.summary, "syscalls"))
	{
		seen += num(call, "latency_us.count");
		counted += num(call, "calls");
	}
	ck_assert_int_ge(counted, 400000);
	ck_assert_int_gt(num(t.summary, "lost.by_kind.syscall"), 0);
	ck_assert_int_eq(seen + num(t.summary, "lost.by_kind.syscall"), counted);
}
END_TEST

/* The numbers of a row of the tables as CSV, by column; empty cells are 0. */
enum csv_column {
	CSV_CALLS = 2,
	CSV_TOTAL = 4,
	CSV_MAX,
	CSV_TIMED = 21,
	CSV_MIN,
	CSV_LONGEST = 29,
	CSV_MEAN,
	CSV_STDDEV,
	CSV_OUTLIERS,
	CSV_COLUMNS
};

static void csv_numbers(const char *tables, const char *begin, double numbers[CSV_COLUMNS])
{
	const char *at = strstr(tables, begin);
	ck_assert_msg(at != NULL, "no %s in %s", begin, tables);
	for (int i = 0; i < CSV_COLUMNS; i++) {
		numbers[i] = atof(++at);
		at += strcspn(at, ",\r");
		ck_assert_int_eq(*at, ','); /* columns of files follow */
	}
}

/* With tables alone the kernel side counts: every call, even where the rings could hold only a few.
 * Those of two processes, on any processors, are added up. */
START_TEST(counted_in_the_kernel)
{
	const char *storm = built("tests/targets/storm");
	double lseek[CSV_COLUMNS];
	char both[512];
	snprintf(both, sizeof(both), "%s 200000 & %s 200000; wait", storm, storm);
	struct run *run = RUN(built("bundletrace"), "-f", "--stats-extended", "--format", "csv",
		"--buffer=4K", "-elseek,read", "--", "/bin/sh", "-c", both);
	code_is(run, 0);
	ck_assert_ptr_null(strstr(run->out, "\nlost,syscall")); /* records of files may be */
	csv_numbers(run->out, "\nsyscall,lseek,", lseek);
	ck_assert_double_eq(lseek[CSV_CALLS], 400000);
	ck_assert_double_eq(lseek[CSV_TIMED], 400000);
	ck_assert_double_gt(lseek[CSV_MIN], 0);
	for (int i = CSV_MIN; i < CSV_LONGEST; i++)
		ck_assert_double_le(lseek[i], lseek[i + 1]);
	ck_assert_double_eq(lseek[CSV_LONGEST], lseek[CSV_MAX]);
	/* the mean has three digits */
	ck_assert_double_eq_tol(lseek[CSV_MEAN] * 400000, lseek[CSV_TOTAL], lseek[CSV_TOTAL] * 0.01);
	ck_assert_double_gt(lseek[CSV_STDDEV], 0);
	ck_assert_double_gt(lseek[CSV_OUTLIERS], 0);
}
END_TEST

START_TEST(wrong_thresholds)
{
	static const char *const wrong[] = { "0", "-1", "x", "3x", "" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		code_is(RUN(built("bundletrace"), "--anomaly-threshold", wrong[i], "--", "/bin/true"), 2);
}
END_TEST

/* All rows have the same number of columns, and the column of calls has the same number as the table in
 * strace's form. */
START_TEST(in_csv)
{
	struct run *run = RUN(built("bundletrace"), "--stats-extended", "--format", "csv", "-e",
		"clock_nanosleep", "--", built("tests/targets/naps"));
	code_is(run, 0);
	struct naps n = naps_of(run->err);
	ck_assert_ptr_nonnull(strstr(run->out,
		",timed,min_us,p50_us,p75_us,p90_us,p95_us,p99_us,p99_9_us,longest_us,mean_us,stddev_us,outliers,"));
	const char *row = strstr(run->out, "\nsyscall,clock_nanosleep,61,0,");
	ck_assert_msg(row != NULL, "%s", run->out);
	int timed;
	double min, p50;
	ck_assert_int_eq(sscanf(row, "\nsyscall,clock_nanosleep,61,0,%*f,%*f,,,,,,,,,,,,,,,,%d,%lf,%lf",
				 &timed, &min, &p50),
		3);
	ck_assert_int_eq(timed, NAPS);
	between("min", min, 2000, n.least);
	between("p50", p50, 2000 * 0.984, n.half * 1.016);
}
END_TEST

Suite *system_stats_suite(void)
{
	Suite *suite = suite_create("system_stats");
	TCase *tc = tcase_create("stats");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, of_known_times);
	tcase_add_test(tc, of_a_recording);
	tcase_add_loop_test(tc, in_text, 0, 2);
	tcase_add_test(tc, of_loads);
	tcase_add_test(tc, when_events_are_lost);
	tcase_add_test(tc, wrong_thresholds);
	tcase_add_test(tc, in_csv);
	tcase_add_test(tc, counted_in_the_kernel);
	suite_add_tcase(suite, tc);
	return suite;
}
