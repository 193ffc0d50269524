/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of io_uring, compared with what the program that made them wrote down of each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "events_of.h"

enum { SKIPPED = 77 };

/* A line of the program's own log. */
struct asked {
	char name[32], path[256];
	long long user_data, result, offset, length;
};

static const cJSON *event_of(const struct traced *t, long long user_data)
{
	const cJSON *event, *found = NULL;
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_event(event, "uring") || num(event, "user_data") != user_data)
			continue;
		ck_assert_msg(!found, "user_data %lld is there twice", user_data);
		found = event;
	}
	ck_assert_msg(found != NULL, "no event with user_data %lld", user_data);
	return found;
}

static void file_is(const cJSON *event, const char *path)
{
	const char *shown = has(event, "file") ? str(event, "file.path") : "-";
	if (strcmp(path, "pipe") == 0)
		ck_assert_msg(strncmp(shown, "pipe:[", 6) == 0, "%s", shown);
	else
		ck_assert_str_eq(shown, path);
}

static void event_is(const cJSON *event, const struct asked *a)
{
	char name[48];
	snprintf(name, sizeof(name), "uring_%s", a->name);
	ck_assert_str_eq(str(event, "name"), name);
	ck_assert_int_eq(num(event, "result"), a->result);
	ck_assert_int_eq(has(event, "error"), a->result < 0);
	if (a->result != -ECANCELED || strcmp(a->path, "-") != 0) /* it may have had its file already */
		file_is(event, a->path);
	if (a->length)
		ck_assert_int_eq(num(event, "length"), a->length);
	if (has(event, "offset"))
		ck_assert_int_eq(num(event, "offset"), a->offset);
	else
		ck_assert_msg(a->offset == 0, "%s has no offset", a->name);
}

/* Each request of the log once, of this process, timed if `timed`; and none else. */
static void trace_has_the_log(const struct traced *t, const char *log, int64_t pid, bool timed)
{
	struct asked a;
	int lines = 0;
	FILE *file = fopen(log, "re");
	ck_assert_ptr_nonnull(file);
	while (fscanf(file, "%31s %lld %lld %lld %lld %255s", a.name, &a.user_data, &a.result, &a.offset,
		       &a.length, a.path) == 6) {
		const cJSON *event = event_of(t, a.user_data);
		event_is(event, &a);
		ck_assert_int_eq(num(event, "pid"), pid);
		ck_assert(!timed || has(event, "duration_ns"));
		lines++;
	}
	fclose(file);
	ck_assert_int_gt(lines, 0);
	ck_assert_int_eq(count_events(t, "uring"), lines);
}

static const char *folder_of(const char *name)
{
	const char *folder = scratch(name);
	code_is(RUN("mkdir", "-p", folder), 0);
	return folder;
}

static int64_t first_pid(const struct traced *t)
{
	return num(t->events->child, "pid");
}

static struct traced trace_case(const char *folder, const char *name)
{
	return trace_command((const char *const[]){ "-f", "-e", "trace=none", "-e", "layer=uring", NULL },
		(const char *const[]){ built("tests/targets/uring"), folder, name, NULL });
}

static const char *const cases[] = { "buffered", "direct", "registered", "vectors", "polled_queue", "linked",
	"workers", "canceled", "own_position", "names", "polled", "threads" };

/* Another process does the same beside it, without end. */
START_TEST(as_the_program_has_it)
{
	const char *name = cases[_i], *folder = folder_of("a"), *beside = folder_of("b");
	const char *argv[] = { built("tests/targets/uring"), beside, "storm", NULL };
	struct run *other = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	struct traced t = trace_case(folder, name);
	kill(-other->pid, SIGKILL);
	run_wait(other);
	if (run_code(t.run) == SKIPPED)
		return;
	code_is(t.run, 0);
	trace_is_whole(&t);
	trace_has_the_log(&t, scratch("a/log"), first_pid(&t), true);
}
END_TEST

START_TEST(direct_is_marked)
{
	const char *folder = folder_of("a");
	struct traced t = trace_case(folder, "direct");
	const cJSON *event;
	if (run_code(t.run) == SKIPPED)
		return;
	cJSON_ArrayForEach(event, t.events) if (is_event(event, "uring"))
		ck_assert(cJSON_IsTrue(get(event, "direct")));
	t = trace_case(folder, "buffered");
	cJSON_ArrayForEach(event, t.events) if (is_event(event, "uring")) ck_assert(!has(event, "direct"));
}
END_TEST

/* One request was under way when the trace began: it is told, without a duration; the next one has one. */
START_TEST(submitted_before_the_trace)
{
	const char *argv[] = { built("tests/targets/uring"), folder_of("a"), "earlier", NULL };
	struct run *program = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	char pid[24];
	run_await(program, "ready ");
	snprintf(pid, sizeof(pid), "%d", program->pid);
	const char *trace = scratch("t.jsonl");
	struct run *tracer = WATCH(trace, "-e", "layer=uring", "-p", pid);
	run_type(program, "go\n");
	run_wait(program);
	watch_stop(tracer);
	struct traced t = { .run = tracer, .events = events_of(trace, program->pid) };
	trace_has_the_log(&t, scratch("a/log"), program->pid, false);
	ck_assert(!has(event_of(&t, 0), "duration_ns"));
	ck_assert(has(event_of(&t, 1), "duration_ns"));
}
END_TEST

/* What is not seen is counted. */
START_TEST(without_a_completion)
{
	struct traced t = trace_case(folder_of("a"), "silent");
	if (run_code(t.run) == SKIPPED)
		return;
	code_is(t.run, 0);
	trace_has_the_log(&t, scratch("a/log"), first_pid(&t), true);
	ck_assert_ptr_nonnull(strstr(t.run->err, "2 requests of io_uring were not seen to complete"));
}
END_TEST

/* A recording has them, and shows them the same. */
START_TEST(recorded)
{
	const char *folder = folder_of("a"), *trace = scratch("t.btrace"), *tool = built("bundletrace");
	code_is(RUN(tool, "-f", "-e", "layer=uring", "-o", trace, "--", built("tests/targets/uring"), folder,
			"registered"),
		0);
	struct run *run = RUN(tool, "--read", trace, "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	trace_has_the_log(&t, scratch("a/log"), first_pid(&t), true);
	run = RUN(tool, "--read", trace, "--format", "json", "-e", "layer=none");
	t = traced_of(run);
	ck_assert_int_eq(count_events(&t, "uring"), 0);
	ck_assert_int_gt(count_calls(&t, NULL), 0);
}
END_TEST

/* They go with the call that makes them. */
START_TEST(selected_with_their_call)
{
	const char *folder = folder_of("a"), *program = built("tests/targets/uring");
	struct traced t = TRACE(program, folder, "linked");
	ck_assert_int_eq(count_events(&t, "uring"), 4);
	t = trace_command((const char *const[]){ "-e", "trace=openat", NULL },
		(const char *const[]){ program, folder, "linked", NULL });
	ck_assert_int_eq(count_events(&t, "uring"), 0);
	t = trace_command((const char *const[]){ "-P", scratch("a/other"), NULL },
		(const char *const[]){ program, folder, "buffered", NULL });
	ck_assert_int_eq(count_events(&t, "uring"), 301); /* 300 writes and the fsync */
}
END_TEST

Suite *system_uring_suite(void)
{
	Suite *suite = suite_create("system_uring");
	TCase *tc = tcase_create("uring");
	tcase_add_checked_fixture(tc, NULL, watch_free);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, as_the_program_has_it, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, direct_is_marked);
	tcase_add_test(tc, submitted_before_the_trace);
	tcase_add_test(tc, without_a_completion);
	tcase_add_test(tc, recorded);
	tcase_add_test(tc, selected_with_their_call);
	suite_add_tcase(suite, tc);
	return suite;
}
