/* SPDX-License-Identifier: BSD-2-Clause */
/* --max-overhead on a storm of misses: the target's own speed before, while and after it is watched,
 * with a limit and without. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

static struct run *start(const char *const argv[])
{
	return run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
}
#define START(...) start((const char *const[]){ __VA_ARGS__, NULL })

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *pid_text(const struct run *run)
{
	static char text[16];
	snprintf(text, sizeof(text), "%d", (int)run->pid);
	return text;
}

/* Every get is a miss that evicts: three probes for each. It prints its speed ten times a second. */
static struct run *storm(const char *seconds)
{
	struct run *load = START(built("bundle_load"), "--file", scratch("storm.apbundle"), "--pattern",
		"cyclic", "--size", "64K", "--limit", "1M", "--report", "0.1", "--duration", seconds,
		"--stay", "7");
	run_await(load, "0.1");
	return load;
}

/* The best tenth of a second between these two times, by the target's own clock. Other processes on the
 * machine can only make it slower. */
static double best(const struct run *load, double from, double to)
{
	double best = 0, at, rate;
	int used;
	for (const char *line = load->out; sscanf(line, "%lf %lf%n", &at, &rate, &used) == 2; line += used)
		if (at - 0.1 > from && at < to && rate > best)
			best = rate;
	ck_assert_msg(best > 0, "nothing from %g to %g: %s", from, to, load->out);
	return best;
}

/* All lines of a report, one array; freed with the documents. */
static const cJSON *reports_of(const struct run *top)
{
	static cJSON *all;
	cJSON_Delete(all);
	all = cJSON_CreateArray();
	for (const char *line = top->out; line && *line;) {
		const char *end = NULL;
		cJSON *report = cJSON_ParseWithOpts(line, &end, false);
		ck_assert_msg(report != NULL, "no JSON: %.300s", line);
		cJSON_AddItemToArray(all, report);
		line = end + (*end == '\n');
	}
	return all;
}

static double seconds_of(const cJSON *report)
{
	return (double)num(report, "time_ns") / 1e9;
}

START_TEST(target_is_not_slowed)
{
	double started = now();
	struct run *load = storm("8");
	usleep(900000);
	double watched = now() - started;
	struct run *top = START(built("bundletop"), "--json", "-i", "0.4", "-n", "5", "-p", pid_text(load));
	run_wait(top);
	code_is(top, 0);
	double free_again = now() - started;
	usleep(700000);
	double unbounded = now() - started;
	struct run *all = START(built("bundletop"), "--json", "-i", "0.4", "-n", "4", "--max-overhead", "off",
		"-p", pid_text(load));
	run_wait(all);
	code_is(all, 0);
	kill(load->pid, SIGKILL);
	run_wait(load);

	const cJSON *reports = reports_of(all), *report, *step;
	double alone = fmax(best(load, 0.2, watched), best(load, free_again, unbounded));
	double without = best(load, seconds_of(cJSON_GetArrayItem(reports, 0)) - started,
		seconds_of(cJSON_GetArrayItem(reports, 3)) - started);
	reports = reports_of(top);
	double in_budget = best(load, seconds_of(cJSON_GetArrayItem(reports, 1)) - started,
		seconds_of(cJSON_GetArrayItem(reports, 4)) - started);
	ck_assert_msg(in_budget > 0.88 * alone, "%.0f gets/s alone, %.0f watched", alone, in_budget);
	ck_assert_msg(SANITIZED || without < 0.88 * in_budget, "%.0f gets/s within a budget, %.0f without",
		in_budget, without);

	/* it reports this once, and still names what thrashes */
	int steps = 0;
	cJSON_ArrayForEach(report, reports)
	{
		cJSON_ArrayForEach(step, get(report, "overhead.steps"))
		{
			steps++;
			ck_assert_str_eq(str(step, "step"), "fewer");
			ck_assert_double_gt(get(step, "share")->valuedouble, 0.01);
			ck_assert_int_le(num(step, "time_ns"), num(report, "time_ns"));
		}
		ck_assert_int_eq(num(get(report, "bundles")->child, "thrash.models"), 17);
		ck_assert_int_eq(num(get(report, "bundles")->child, "thrash.limit_needed"), 17 * 65536);
	}
	ck_assert_int_eq(steps, 1);
	ck_assert_str_eq(str(report = cJSON_GetArrayItem(reports, 4), "overhead.step"), "fewer");
	ck_assert_int_gt(num(report, "overhead.event_ns"), 100);
	ck_assert_int_lt(num(report, "own.events"),
		num(cJSON_GetArrayItem(get(report, "bundles"), 0), "total.misses"));
}
END_TEST

/* After the storm all events are recorded again; both steps are in the text, with their times. */
START_TEST(steps_up_again)
{
	struct run *load = storm("1.5");
	struct run *top =
		START(built("bundletop"), "-b", "-i", "0.3", "--max-overhead", "0.5", "-p", pid_text(load));
	run_await(top, "overhead at most 0.5% again: everything is told again");
	kill(load->pid, SIGKILL);
	run_wait(top);
	code_is(top, 0);
	const char *down = strstr(top->out, "at most 0.5%: the frequent probes are taken off");
	ck_assert_ptr_nonnull(down);
	ck_assert(down < strstr(top->out, "everything is told again"));
	while (down > top->out && down[-1] != '\n')
		down--;
	int hour, minute, second, ms;
	ck_assert_int_eq(sscanf(down, "%2d:%2d:%2d.%3d overhead would be", &hour, &minute, &second, &ms), 4);
	run_wait(load);
}
END_TEST

/* Counts are those of the loader, however many events were recorded. */
START_TEST(counts_stay_whole)
{
	struct run *load = START(built("bundle_load"), "--json", "--file", scratch("c.apbundle"), "--pattern",
		"cyclic", "--size", "64K", "--limit", "1M", "--duration", "2");
	usleep(200000);
	struct run *top = START(built("bundletop"), "--json", "-i", "0.3", "-p", pid_text(load));
	run_wait(load);
	run_wait(top);
	code_is(top, 0);
	cJSON *own = cJSON_Parse(load->out);
	const cJSON *reports = reports_of(top), *report, *bundle = NULL;
	cJSON_ArrayForEach(report, reports) if (get(report, "bundles")->child) bundle =
		get(report, "bundles")->child;
	ck_assert_ptr_nonnull(bundle);
	ck_assert_int_eq(num(bundle, "total.misses"), num(own, "misses"));
	ck_assert_int_eq(num(bundle, "total.evictions"), num(own, "evictions"));
	ck_assert_int_eq(num(bundle, "total.reloads"), num(own, "reloads"));
	cJSON_Delete(own);
}
END_TEST

Suite *system_top_overhead_suite(void)
{
	Suite *suite = suite_create("system_top_overhead");
	TCase *tc = tcase_create("overhead");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, target_is_not_slowed);
	tcase_add_test(tc, steps_up_again);
	tcase_add_test(tc, counts_stay_whole);
	suite_add_tcase(suite, tc);
	return suite;
}
