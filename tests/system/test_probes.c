/* SPDX-License-Identifier: BSD-2-Clause */
/* A loader that nobody traces: not in the trace of another one, and its probes are left as they were. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../suites.h"
#include "traced.h"

static struct run *stay(const char *bundle)
{
	const char *argv[] = { built("tests/targets/stay"), bundle, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	run_await(run, "ready\n");
	return run;
}

/* The nth get of a loader; how many observers it sees. */
static void get_sees(struct run *run, int n, int observers)
{
	char said[64];
	run_type(run, "go on\n");
	snprintf(said, sizeof(said), "%d: open %d hit %d miss %d\n", n, observers, observers, observers);
	run_await(run, said);
}

START_TEST(others_are_left_alone)
{
	const char *bundle = scratch("one.apbundle"), *trace = scratch("trace");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	struct run *other = stay(bundle);
	get_sees(other, 1, 0);

	const char *argv[] = { built("bundletrace"), "--format", "json", "-o", trace, "--",
		built("tests/targets/stay"), bundle, NULL };
	struct run *traced = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	run_await(traced, "ready\n");
	get_sees(traced, 1, 1); /* a miss */
	get_sees(traced, 2, 1); /* a hit */
	/* the same program: its probes are armed as long as the trace lasts, but it is not traced */
	get_sees(other, 2, 1);
	get_sees(other, 3, 1);
	run_type(traced, "go on\n");
	run_await(traced, "3: ");
	kill(traced->pid, SIGINT);
	run_wait(traced);

	get_sees(other, 4, 0);
	struct traced t = traced_file(traced, trace);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "miss"), 1);
	ck_assert_int_eq(count_events(&t, "hit"), 2);
	const cJSON *event;
	int64_t pid = num(t.events->child, "pid");
	ck_assert_int_ne(pid, other->pid);
	cJSON_ArrayForEach(event, t.events) ck_assert_int_eq(num(event, "pid"), pid);
}
END_TEST

/* Nothing stays behind, whatever ends the tracer. */
START_TEST(killed_tracer)
{
	const char *bundle = scratch("one.apbundle");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	struct run *other = stay(bundle);
	const char *argv[] = { built("bundletrace"), "-o", scratch("trace"), "--",
		built("tests/targets/stay"), bundle, NULL };
	struct run *traced = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	run_await(traced, "ready\n");
	get_sees(other, 1, 1);
	kill(traced->pid, SIGKILL);
	run_wait(traced);
	/* the kernel takes the probes away, a little later */
	usleep(500000);
	get_sees(other, 2, 0);
}
END_TEST

Suite *system_probes_suite(void)
{
	Suite *suite = suite_create("system_probes");
	TCase *tc = tcase_create("probes");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_test(tc, others_are_left_alone);
	tcase_add_test(tc, killed_tracer);
	suite_add_tcase(suite, tc);
	return suite;
}
