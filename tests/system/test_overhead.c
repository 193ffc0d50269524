/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletrace --max-overhead on a storm of system calls, which reports its own speed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/attach.h"
#include "user/kernel/kernel_counts.h"
#include "user/kernel/kernel_detail.h"
#include "tests/suites.h"
#include "traced.h"

#define PAIRS "4000000"

/* The processor time of a storm, as reported by the shell: other processes on the machine do not add to
 * it. */
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
		limited = least(limited, seconds_of(RUN(built("bundletrace"), "-f", "--max-overhead", "2",
						 "-o", scratch("a.btrace"), "--", "bash", "-c", timed())));
		without = least(without, seconds_of(RUN(built("bundletrace"), "-f", "-o", scratch("b.btrace"),
						 "--", "bash", "-c", timed())));
	}
	ck_assert_msg(limited < 1.4 * alone, "%.2f s alone, %.2f within a budget, %.2f without", alone,
		limited, without);
	ck_assert_msg(SANITIZED || limited < 0.85 * without, "%.2f s within a budget, %.2f without", limited,
		without);
}
END_TEST

/* On standard error, and in the text at the time when it happened. */
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

/* In the document, with the time of each; all events of a process with few are recorded. */
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

/* --- the kernel side only, step by step --- */

struct seen {
	uint32_t pid;
	uint64_t events, loads;
};

static int see_record(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct seen *seen = ctx;
	(void)cpu;
	seen->events += record->pid == seen->pid && record->kind >= EVENT_APP_MISS &&
			record->kind <= EVENT_APP_PREFETCH;
	return 0;
}

static int see_times(void *ctx, const struct load_key *key, const struct load_times *times)
{
	struct seen *seen = ctx;
	for (int i = 0; i < LOAD_POWERS && key->pid == seen->pid; i++)
		seen->loads += times->counts[i];
	return 0;
}

/* The kernel side's counts for a loader, and the loader's own: misses, loads, evictions. */
static struct seen of_a_loader(struct kernel *kernel, uint64_t *happened, uint64_t *loads)
{
	struct run *run = RUN(built("bundle_load"), "--json", "--file", scratch("k.apbundle"), "--pattern",
		"cyclic", "--models", "8", "--size", "1K", "--limit", "4K", "--count", "2000", "--prefetch",
		"off");
	code_is(run, 0);
	const cJSON *own = traced_json(run);
	struct seen seen = { .pid = (uint32_t)run->pid };
	*loads = (uint64_t)num(own, "misses");
	/* models resident at the end are evicted then */
	*happened = 2 * *loads + (uint64_t)num(own, "evictions") + 4;
	ck_assert_int_ge(rings_drain(kernel_rings(kernel), true, see_record, &seen), 0);
	ck_assert_int_eq(kernel_load_times(kernel, see_times, &seen), 0);
	return seen;
}

START_TEST(steps_of_the_kernel_side)
{
	struct filter filter;
	struct text problem = { 0 };
	uint64_t happened, loads, since_ns;
	filter_init(&filter);
	ck_assert(
		filter_parse(&filter, "trace=none", &problem) && filter_parse(&filter, "app=!hit", &problem));
	struct kernel *kernel = kernel_load(&(struct kernel_options){ .filter = &filter,
		.follow = true,
		.running = true,
		.everyone = true,
		.live = true,
		.each = true,
		.steps = true,
		.ring_bytes = 4 << 20 });
	ck_assert_ptr_nonnull(kernel);
	ck_assert_int_gt(attach_file(kernel, built("bundle_load"), &since_ns, NULL), 0);
	ck_assert_int_eq(kernel_attach(kernel), 0);
	ck_assert_int_eq(kernel_trace_running(kernel, NULL, 0), 0);
	kernel_begin(kernel);

	struct seen seen = of_a_loader(kernel, &happened, &loads);
	ck_assert_uint_eq(seen.events, happened);
	ck_assert_uint_eq(seen.loads, 0);

	kernel_set_detail(kernel, DETAIL_SOME);
	seen = of_a_loader(kernel, &happened, &loads);
	ck_assert_uint_ge(seen.events, happened / DETAIL_ONE_IN - 2);
	ck_assert_uint_le(seen.events, happened / DETAIL_ONE_IN + 3);
	ck_assert_uint_eq(seen.loads, 0);

	kernel_set_detail(kernel, DETAIL_COUNT);
	seen = of_a_loader(kernel, &happened, &loads);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_uint_eq(seen.loads, loads);

	ck_assert_int_eq(kernel_detach_frequent(kernel, true), 0);
	seen = of_a_loader(kernel, &happened, &loads);
	ck_assert_uint_eq(seen.events + seen.loads, 0);

	kernel_set_detail(kernel, DETAIL_ALL);
	ck_assert_int_eq(kernel_detach_frequent(kernel, false), 0);
	seen = of_a_loader(kernel, &happened, &loads);
	ck_assert_uint_eq(seen.events, happened);
	kernel_free(kernel);
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
	tcase_add_test(tc, steps_of_the_kernel_side);
	tcase_add_test(tc, mistakes);
	suite_add_tcase(suite, tc);
	return suite;
}
