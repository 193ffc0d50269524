/* SPDX-License-Identifier: BSD-2-Clause */
/* A loader that is not traced: it does not appear in the trace of another one, and its probes are left
 * unchanged. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/suites.h"
#include "events_of.h"
#include "semaphores.h"

/* The number of observers of a probe in a running program. */
static int observers(pid_t pid, const char *probe)
{
	return observers_in(pid, built("tests/targets/stay"), probe);
}

/* ---- loaders ---- */

static struct run *stay(const char *const argv[], pid_t *pid)
{
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	run_await(run, "ready ");
	run_await(run, "\n");
	*pid = (pid_t)atoi(strstr(run_said(run), "ready ") + 6);
	ck_assert_int_gt(*pid, 0);
	return run;
}

/* The nth get of a loader, with this number of observers for each probe. */
static void get_with(struct run *run, pid_t pid, int n, int expected)
{
	static const char *const probes[] = { "open", "hit", "miss", "load", "evict", "prefetch", "error",
		"close", "policy" };
	char said[32];
	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++)
		ck_assert_msg(observers(pid, probes[i]) == expected, "%s has %d observers, not %d", probes[i],
			observers(pid, probes[i]), expected);
	run_type(run, "go on\n");
	snprintf(said, sizeof(said), "got %d\n", n);
	run_await(run, said);
}

static const char *a_bundle(void)
{
	const char *bundle = scratch("one.apbundle");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	return bundle;
}

START_TEST(others_are_left_alone)
{
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay"), *trace = scratch("trace");
	pid_t other_pid, traced_pid;
	struct run *other = stay((const char *const[]){ loader, bundle, NULL }, &other_pid);
	get_with(other, other_pid, 1, 0);

	struct run *traced = stay((const char *const[]){ built("bundletrace"), "--format", "json", "-o",
					  trace, "--", loader, bundle, NULL },
		&traced_pid);
	get_with(traced, traced_pid, 1, 1); /* a miss */
	get_with(traced, traced_pid, 2, 1); /* a hit */
	/* the same program: its probes are armed while the trace lasts, but it is not traced */
	get_with(other, other_pid, 2, 1);
	get_with(other, other_pid, 3, 1);
	get_with(traced, traced_pid, 3, 1);
	kill(traced->pid, SIGINT);
	run_wait(traced);
	code_is(traced, 128 + SIGINT);

	get_with(other, other_pid, 4, 0);
	struct traced t = traced_file(traced, trace);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "miss"), 1);
	ck_assert_int_eq(count_events(&t, "hit"), 2);
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) ck_assert_int_eq(num(event, "pid"), traced_pid);
}
END_TEST

static struct run *attach(pid_t pid, const char *trace)
{
	char number[16];
	snprintf(number, sizeof(number), "%d", (int)pid);
	return WATCH(trace, "-p", number);
}

/* One of several processes of a program is attached to: its probes are armed in no other, from Linux
 * 6.12 on. */
START_TEST(others_do_not_pay)
{
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay"), *trace = scratch("trace");
	pid_t other_pid, pid;
	struct utsname kernel;
	int major, minor;
	ck_assert(uname(&kernel) == 0 && sscanf(kernel.release, "%d.%d", &major, &minor) == 2);
	int others = major > 6 || (major == 6 && minor >= 12) ? 0 : 1;
	struct run *other = stay((const char *const[]){ loader, bundle, NULL }, &other_pid);
	struct run *run = stay((const char *const[]){ loader, bundle, NULL }, &pid);
	struct run *tracer = attach(pid, trace);
	get_with(run, pid, 1, 1);
	get_with(other, other_pid, 1, others);
	get_with(run, pid, 2, 1);
	watch_end(tracer, trace);
	get_with(run, pid, 3, 0);
	const cJSON *event, *events = events_of(trace, pid);
	int hits = 0, misses = 0;
	cJSON_ArrayForEach(event, events)
	{
		hits += is_event(event, "hit");
		misses += is_event(event, "miss");
	}
	ck_assert_int_eq(hits, 1);
	ck_assert_int_eq(misses, 1);
}
END_TEST

/* A child that it forks meanwhile has a copy of its memory, where no probe stays armed either. */
START_TEST(forks_while_attached_to)
{
	const char *trace = scratch("trace");
	pid_t pid, child;
	struct run *run = stay((const char *const[]){ built("tests/targets/stay"), a_bundle(), NULL }, &pid);
	struct run *tracer = attach(pid, trace);
	get_with(run, pid, 1, 1);
	run_type(run, "fork\n");
	run_await(run, "child ");
	run_await(run, "\n");
	child = (pid_t)atoi(strstr(run_said(run), "child ") + 6);
	ck_assert_int_gt(child, 0);
	watch_end(tracer, trace);
	ck_assert_int_eq(observers(pid, "hit"), 0);
	ck_assert_int_eq(observers(child, "hit"), 0);
	ck_assert_int_eq(observers(child, "load"), 0);
	kill(child, SIGKILL);
}
END_TEST

/* It executes another program, from its first thread or from another one. */
START_TEST(executes_while_attached_to)
{
	static const char *const lines[] = { "exec\n", "exec in a thread\n" };
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay"), *trace = scratch("trace");
	pid_t pid;
	struct run *run = stay((const char *const[]){ loader, bundle, NULL }, &pid);
	struct run *tracer = attach(pid, trace);
	get_with(run, pid, 1, 1);
	run_type(run, lines[_i]);
	run_await(run, "again ");
	for (int i = 0; i < 300 && !observers(pid, "hit"); i++)
		usleep(10000);
	usleep(50000);
	get_with(run, pid, 11, 1);
	get_with(run, pid, 12, 1);
	watch_end(tracer, trace);
	const cJSON *event, *events = events_of(trace, pid);
	int hits = 0;
	cJSON_ArrayForEach(event, events) hits += is_event(event, "hit");
	ck_assert_int_eq(hits, 1);
}
END_TEST

/* Files that other processes map while a trace runs are ignored. */
START_TEST(others_start_later)
{
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay");
	pid_t pid;
	struct run *tracer = run_start(&(struct run_spec){
		.argv = (const char *const[]){ built("bundletrace"), "-f", "-o", scratch("trace"), "--",
			"/bin/sh", "-c", "echo runs; sleep 20", NULL } });
	run_await(tracer, "runs\n");
	struct run *other = stay((const char *const[]){ loader, bundle, NULL }, &pid);
	usleep(300000);
	get_with(other, pid, 1, 0);
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	ck_assert_msg(strstr(tracer->err, "no probe of libpagedbundle"), "%s", tracer->err);
}
END_TEST

/* Nothing is left behind, however the tracer ends; and the traced process continues. */
START_TEST(killed_tracer)
{
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay");
	pid_t other_pid, traced_pid;
	struct run *other = stay((const char *const[]){ loader, bundle, NULL }, &other_pid);
	struct run *traced = stay((const char *const[]){ built("bundletrace"), "-o", scratch("trace"), "--",
					  loader, bundle, NULL },
		&traced_pid);
	get_with(other, other_pid, 1, 1);
	kill(traced->pid, SIGKILL);
	run_wait(traced);
	/* the kernel removes the probes a little later */
	for (int i = 0; i < 200 && observers(other_pid, "hit"); i++)
		usleep(10000);
	usleep(50000);
	get_with(other, other_pid, 2, 0);
	run_type(traced, "go on\n");
	run_await(traced, "got 1\n");
	kill(traced_pid, SIGKILL);
}
END_TEST

/* Attached to, and detached from in every possible way: not stopped, not ended, nothing left in it. */
START_TEST(attached_and_left)
{
	static const int ways[] = { 0, SIGINT, SIGTERM, SIGKILL };
	const char *loader = built("tests/targets/stay"), *trace = scratch("trace");
	char number[16], state[64];
	pid_t pid;
	struct run *run = stay((const char *const[]){ loader, a_bundle(), NULL }, &pid);
	get_with(run, pid, 1, 0);
	snprintf(state, sizeof(state), "/proc/%d/status", (int)pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *tracer = run_start(
		&(struct run_spec){ .argv = (const char *const[]){ built("bundletrace"), "-o", trace, "-p",
					    number, "-d", ways[_i] ? "20" : "1", NULL } });
	for (int i = 0; i < 1000 && access(trace, F_OK); i++)
		usleep(5000);
	usleep(50000);
	get_with(run, pid, 2, 1);
	usleep(150000);
	if (ways[_i])
		kill(tracer->pid, ways[_i]);
	run_wait(tracer);
	code_is(tracer, ways[_i] == SIGKILL ? 128 + SIGKILL : 0);
	for (int i = 0; ways[_i] == SIGKILL && i < 200 && observers(pid, "hit"); i++)
		usleep(10000);
	usleep(ways[_i] == SIGKILL ? 50000 : 0);
	code_is(RUN("grep", "-q", "^State:.S", state), 0);
	get_with(run, pid, 3, 0);
	if (ways[_i] != SIGKILL)
		ck_assert_ptr_nonnull(strstr(file_text(trace, NULL), "\nhit m0000 1024 B @"));
}
END_TEST

/* For tables the library's counters are read: no get traps except those that load. */
START_TEST(tables_do_not_trap_hits)
{
	const char *bundle = a_bundle(), *loader = built("tests/targets/stay");
	pid_t pid;
	struct run *traced = stay((const char *const[]){ built("bundletrace"), "-c", "-e", "trace=none", "--",
					  loader, bundle, NULL },
		&pid);
	ck_assert_int_eq(observers(pid, "hit"), 0);
	ck_assert_int_eq(observers(pid, "miss"), 0);
	ck_assert_int_eq(observers(pid, "evict"), 0);
	ck_assert_int_eq(observers(pid, "load"), 1);
	for (int i = 0; i < 3; i++)
		run_type(traced, "go on\n");
	run_await(traced, "got 3\n");
	kill(traced->pid, SIGINT);
	run_wait(traced);
	ck_assert_msg(strstr(traced->err, "   3    2      1 ") != NULL, "%s", traced->err);
}
END_TEST

Suite *system_probes_suite(void)
{
	Suite *suite = suite_create("system_probes");
	TCase *tc = tcase_create("probes");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, watch_free);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, others_are_left_alone);
	tcase_add_test(tc, others_do_not_pay);
	tcase_add_test(tc, forks_while_attached_to);
	tcase_add_loop_test(tc, executes_while_attached_to, 0, 2);
	tcase_add_test(tc, others_start_later);
	tcase_add_test(tc, killed_tracer);
	tcase_add_loop_test(tc, attached_and_left, 0, 4);
	tcase_add_test(tc, tables_do_not_trap_hits);
	suite_add_tcase(suite, tc);
	return suite;
}
