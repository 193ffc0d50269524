/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletrace --max-overhead on a storm of system calls, whose speed is its own to tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suites.h"
#include "traced.h"

#define PAIRS "4000000"

/* The processor time of a storm, as the shell is told of it: others on the machine do not add to it. */
static const char *timed(void)
{
	static char script[256];
	snprintf(script, sizeof(script), "TIMEFORMAT='cpu %%U %%S'; time %s " PAIRS " > /dev/null",
		built("tests/targets/storm"));
	return script;
}

static double seconds_of(const struct run *run)
{
	double user, system;
	code_is(run, 0);
	const char *cpu = strstr(run->err, "cpu ");
	ck_assert_msg(cpu && sscanf(cpu, "cpu %lf %lf", &user, &system) == 2, "%s", run->err);
	return user + system;
}

static double least(double a, double b)
{
	return a > 0 && a < b ? a : b;
}

START_TEST(storm_is_not_slowed)
{
	double alone = 0, limited = 0, without = 0;
	for (int round = 0; round < 2; round++) {
		alone = least(alone, seconds_of(RUN("bash", "-c", timed())));
		limited = least(limited, seconds_of(RUN(built("bundletrace"), "--max-overhead", "2", "-o",
						 scratch("a.btrace"), "--", "bash", "-c", timed())));
		without = least(without, seconds_of(RUN(built("bundletrace"), "-o", scratch("b.btrace"), "--",
						 "bash", "-c", timed())));
	}
	ck_assert_msg(limited < 1.4 * alone, "%.2f s alone, %.2f within a budget, %.2f without", alone,
		limited, without);
	ck_assert_msg(SANITIZED || limited < 0.85 * without, "%.2f s within a budget, %.2f without", limited,
		without);
}
END_TEST

/* On standard error, and in the text where it happened. */
START_TEST(steps_are_said)
{
	struct run *run = RUN(built("bundletrace"), "--max-overhead", "2", "-tt", "-o", scratch("text"), "--",
		built("tests/targets/storm"), "2000000");
	ck_assert_ptr_nonnull(strstr(run->err, "at most 2%: the frequent probes are taken off"));
	const char *text = file_text(scratch("text"), NULL), *step = strstr(text, "\n--- ");
	ck_assert_ptr_nonnull(step);
	ck_assert_ptr_nonnull(strstr(step, "at most 2%: the frequent probes are taken off"));
	ck_assert_ptr_nonnull(strstr(step, "+++ exited with 0 +++"));
}
END_TEST

/* In the document, with the time of each; a calm process is told of in full. */
START_TEST(notes_in_json)
{
	struct run *run = RUN(built("bundletrace"), "--format", "json", "--max-overhead", "0.5", "-o",
		scratch("json"), "--", built("tests/targets/storm"), "2000000");
	code_is(run, 0);
	cJSON *document = cJSON_Parse(file_text(scratch("json"), NULL));
	ck_assert_ptr_nonnull(document);
	const cJSON *note, *notes = get(document, "summary.notes");
	int steps = 0, hour, minute, second, ms;
	cJSON_ArrayForEach(note, notes)
	{
		if (!strstr(note->valuestring, "overhead"))
			continue;
		steps++;
		ck_assert_int_eq(
			sscanf(note->valuestring, "%2d:%2d:%2d.%3d overhead", &hour, &minute, &second, &ms),
			4);
	}
	ck_assert_int_gt(steps, 0);
	ck_assert_int_lt(num(document, "summary.total_events"), 3000000);
	cJSON_Delete(document);

	const char *const calm[] = { "--max-overhead", "50%", NULL };
	const char *const demo[] = { built("bundle_demo"), NULL };
	struct traced t = trace_command(calm, demo);
	trace_is_whole(&t);
	cJSON_ArrayForEach(note, get(t.summary, "notes"))
		ck_assert_msg(!strstr(note->valuestring, "overhead"), "%s", note->valuestring);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
}
END_TEST

START_TEST(mistakes)
{
	struct run *run = RUN(built("bundletrace"), "--max-overhead", "0", "--", "true");
	code_is(run, 2);
	ck_assert_msg(strstr(run->err, "--max-overhead: 0: not a percentage"), "%s", run->err);
}
END_TEST

Suite *system_overhead_suite(void)
{
	Suite *suite = suite_create("system_overhead");
	TCase *tc = tcase_create("overhead");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, storm_is_not_slowed);
	tcase_add_test(tc, steps_are_said);
	tcase_add_test(tc, notes_in_json);
	tcase_add_test(tc, mistakes);
	suite_add_tcase(suite, tc);
	return suite;
}
