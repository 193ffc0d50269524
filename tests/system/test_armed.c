/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes fire in every copy of the library in every process, and nothing of them stays: however the file was linked and
 * mapped, and however the trace ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sanitized.h"
#include "tests/suites.h"
#include "events_of.h"
#include "semaphores.h"

static const char *a_bundle(void)
{
	const char *bundle = scratch("one.apbundle");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	return bundle;
}

/* Sends a line and waits for its answer. */
static void get_one(struct run *run, int n)
{
	char said[32];
	run_type(run, "go on\n");
	snprintf(said, sizeof(said), "got %d\n", n);
	run_await(run, said);
}

static pid_t pid_said(struct run *run, const char *word)
{
	run_await(run, word);
	run_await(run, "\n");
	return (pid_t)atoi(strstr(run_said(run), word) + strlen(word));
}

static struct run *started(const char *const argv[], pid_t *pid)
{
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	*pid = pid_said(run, "ready ");
	return run;
}

static int count_named(const cJSON *events, const char *name)
{
	const cJSON *event;
	int count = 0;
	cJSON_ArrayForEach(event, events) count += is_event(event, name);
	return count;
}

/* --- notes that are not moved --- */

START_TEST(notes_without_a_base)
{
	struct traced t = TRACE(built("tests/targets/unmoved"), a_bundle(), "3");
	code_is(t.run, 0);
	ck_assert_ptr_nonnull(strstr(t.run->err, "0 changed"));
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "load"), 3);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
}
END_TEST

/* --- data that shares a page of the file --- */

static const struct {
	const char *program, *file;
	bool shell; /* started by a shell that is traced */
	int end;    /* the signal that the tracer gets */
} linked[] = {
	{ "tests/targets/stay_lld", "tests/targets/stay_lld", false, SIGINT },
	{ "tests/targets/stay_lld", "tests/targets/stay_lld", true, SIGINT },
	{ "tests/targets/stay_lld", "tests/targets/stay_lld", false, SIGKILL },
	{ "tests/targets/stay_library", "tests/libstay_lld.so", false, SIGINT },
	{ "tests/targets/stay_library", "tests/libstay_lld.so", true, SIGKILL },
};

enum { LINKED = sizeof(linked) / sizeof(*linked) };

START_TEST(shared_page)
{
	const char *bundle = a_bundle(), *program = built(linked[_i].program), *trace = scratch("trace");
	const char *file = built(linked[_i].file);
	const char *const plain[] = { built("bundletrace"), "-f", "-e", "trace=none", "--format", "jsonl",
		"-o", trace, "--", program, bundle, NULL };
	const char *const by_shell[] = { built("bundletrace"), "-f", "-e", "trace=none", "--format", "jsonl",
		"-o", trace, "--", "/bin/sh", "-c", "\"$0\" \"$1\"; true", program, bundle, NULL };
	pid_t pid;
	struct run *run = started(linked[_i].shell ? by_shell : plain, &pid);
	ck_assert(semaphores_become(pid, file, 1, 1));
	get_one(run, 1);
	get_one(run, 2);
	run_type(run, "fork\n");
	pid_t child = pid_said(run, "child ");
	kill(run->pid, linked[_i].end);
	run_wait(run);
	if (linked[_i].shell || linked[_i].end == SIGKILL) /* else it has ended with the trace */
		ck_assert_msg(semaphores_become(pid, file, 1, 0), "the semaphores stay raised");
	ck_assert_msg(semaphores_become(child, file, 1, 0), "the child's semaphores stay raised");
	kill(child, SIGKILL);
	kill(pid, SIGKILL);
	if (linked[_i].end == SIGKILL)
		return;
	ck_assert_msg(strstr(run->err, "which was put right"), "%s", run->err);
	ck_assert_ptr_nonnull(strstr(run->err, built(linked[_i].file)));
	const cJSON *events = events_of(trace, pid);
	ck_assert_int_eq(count_named(events, "load"), 1);
	ck_assert_int_eq(count_named(events, "hit"), 1);
}
END_TEST

/* Attached to while it runs: the kernel itself finds the right place. */
START_TEST(shared_page_attached)
{
	const char *program = built("tests/targets/stay_lld"), *trace = scratch("trace");
	char number[16];
	pid_t pid;
	struct run *run = started((const char *const[]){ program, a_bundle(), NULL }, &pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *tracer = WATCH(trace, "-p", number, "-e", "trace=none");
	get_one(run, 1);
	ck_assert_int_eq(observers_in(pid, program, "load"), 1);
	watch_end(tracer, trace);
	ck_assert_int_eq(count_named(events_of(trace, pid), "load"), 1);
	ck_assert_int_eq(observers_in(pid, program, "load"), 0);
	ck_assert(!strstr(tracer->err, "put right"));
}
END_TEST

START_TEST(linked_statically)
{
	struct traced t = TRACE(built("tests/targets/stay_static"), a_bundle());
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "close"), 1);
}
END_TEST

/* The program that the kernel starts is the dynamic linker. */
START_TEST(started_by_the_linker)
{
	struct traced t = TRACE("/lib64/ld-linux-x86-64.so.2", built("tests/targets/stay"), a_bundle());
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "close"), 1);
}
END_TEST

/* --- a library that is mapped twice --- */

static const int ends[] = { SIGINT, SIGKILL };

enum { ENDS = sizeof(ends) / sizeof(*ends) };

static const char *the_library(void)
{
	return built("libpagedbundle.so.0");
}

/* Each copy numbers its bundles: half of the loads are of either. */
static void bundles_differ(const cJSON *events)
{
	const cJSON *event;
	int64_t first = 0, others = 0, loads = 0;
	cJSON_ArrayForEach(event, events)
	{
		if (!is_event(event, "load"))
			continue;
		first = first ? first : num(event, "bundle");
		others += num(event, "bundle") != first;
		loads++;
	}
	ck_assert_int_eq(2 * others, loads);
}

/* Both copies report, whether they were mapped before the trace or during it; of both, and of a child, the semaphores are
 * put back. */
START_TEST(mapped_twice)
{
	const char *trace = scratch("trace"), *bundle = a_bundle();
	bool attach = _i >= ENDS;
	int end = ends[_i % ENDS];
	pid_t pid;
	struct run *run, *tracer;
	const char *const copies[] = { built("tests/targets/copies"), bundle, the_library(), NULL };
	const char *const command[] = { built("bundletrace"), "--format", "jsonl", "-e", "trace=none", "-o",
		trace, "--", copies[0], copies[1], copies[2], NULL };
	if (attach) {
		char number[16];
		run = started(copies, &pid);
		snprintf(number, sizeof(number), "%d", (int)pid);
		tracer = WATCH(trace, "-p", number, "-e", "trace=none");
	} else {
		run = tracer = started(command, &pid);
	}
	ck_assert(semaphores_become(pid, the_library(), 2, 1));
	get_one(run, 1);
	get_one(run, 2);
	run_type(run, "fork\n");
	pid_t child = pid_said(run, "child ");
	kill(tracer->pid, end);
	run_wait(tracer);
	if (attach || end == SIGKILL) /* else it has ended with the trace */
		ck_assert_msg(semaphores_become(pid, the_library(), 2, 0), "semaphores stay raised");
	ck_assert_msg(semaphores_become(child, the_library(), 2, 0), "semaphores stay raised in a child");
	kill(child, SIGKILL);
	kill(pid, SIGKILL);
	if (end == SIGKILL)
		return;
	const cJSON *events = events_of(trace, pid);
	ck_assert_int_eq(count_named(events, "load"), 6);
	ck_assert_int_eq(count_named(events, "hit"), 6);
	bundles_differ(events);
}
END_TEST

static int occurrences(const char *text, const char *part)
{
	int count = 0;
	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

/* The counters of both copies are shown, though each has a list of its own and neither is closed. */
START_TEST(counters_of_both_copies)
{
	pid_t pid;
	struct run *run = started((const char *const[]){ built("bundletrace"), "-c", "-e", "trace=none", "--",
					  built("tests/targets/copies"), a_bundle(), the_library(), NULL },
		&pid);
	ck_assert(semaphores_become(pid, the_library(), 2, 1));
	get_one(run, 1);
	get_one(run, 2);
	kill(run->pid, SIGINT);
	run_wait(run);
	ck_assert_msg(occurrences(run->err, "\n   6    3      3 ") == 2, "%s", run->err);
}
END_TEST

/* --- a process whose first thread has ended --- */

START_TEST(without_its_first_thread)
{
	const char *trace = scratch("trace");
	char number[16];
	pid_t pid;
	struct run *run =
		started((const char *const[]){ built("tests/targets/headless"), a_bundle(), NULL }, &pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *tracer = _i ? WATCH(trace, "-s", "--comm", "headless", "-e", "trace=pread64")
				: WATCH(trace, "-s", "-p", number, "-e", "trace=pread64");
	for (int n = 1; n <= 4; n++)
		get_one(run, n);
	usleep(500000); /* what it has mapped is read at its first stack */
	kill(run->pid, SIGTERM);
	run_wait(run);
	if (_i)
		watch_end(tracer, trace);
	else
		run_wait(tracer);
	const cJSON *event, *events = events_of(trace, pid);
	int lines = 0;
	ck_assert_int_eq(count_named(events, "load"), 12);
	ck_assert_int_eq(count_named(events, "open"), 4);
	ck_assert_int_eq(count_named(events, "close"), 4);
	ck_assert_int_eq(count_named(events, "exit"), 1);
	cJSON_ArrayForEach(event, events)
	{
		const cJSON *at = cJSON_GetObjectItem(event, "at");
		const char *file = at ? str(at, "file") : NULL;
		lines += is_call(event, "pread64") && file && strstr(file, "headless.c");
	}
	ck_assert_int_ge(lines, 4);
	ck_assert_str_eq(str(cJSON_GetArrayItem(events, 0), "comm"), "headless");
}
END_TEST

START_TEST(shown_without_its_first_thread)
{
	char number[16];
	pid_t pid;
	struct run *run =
		started((const char *const[]){ built("tests/targets/headless"), a_bundle(), NULL }, &pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *top = run_start(&(struct run_spec){ .argv = (const char *const[]){ built("bundletop"),
								"--once", "-i", "2", "-p", number, NULL } });
	for (int n = 1; n <= 15; n++) {
		get_one(run, n);
		usleep(200000);
	}
	run_wait(top);
	code_is(top, 0);
	ck_assert_msg(strstr(top->out, " headless ") && strstr(top->out, "m0000"), "%s", top->out);
}
END_TEST

Suite *system_armed_suite(void)
{
	Suite *suite = suite_create("system_armed");
	TCase *tc = tcase_create("armed");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, watch_free);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, notes_without_a_base);
	/* a sanitizer moves data to pages of its own, and its runtime cannot be loaded twice */
	if (!SANITIZED) {
		tcase_add_loop_test(tc, shared_page, 0, LINKED);
		tcase_add_test(tc, shared_page_attached);
		tcase_add_loop_test(tc, mapped_twice, 0, 2 * ENDS);
		tcase_add_test(tc, counters_of_both_copies);
	}
	tcase_add_test(tc, linked_statically);
	tcase_add_test(tc, started_by_the_linker);
	tcase_add_loop_test(tc, without_its_first_thread, 0, 2);
	tcase_add_test(tc, shown_without_its_first_thread);
	suite_add_tcase(suite, tc);
	return suite;
}
