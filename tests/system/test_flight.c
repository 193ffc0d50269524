/* SPDX-License-Identifier: BSD-2-Clause */
/* The flight recorder: the newest events, complete documents, at the end, on a signal and on a
 * condition. And the line of progress on a terminal. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

static int64_t args0(const cJSON *event)
{
	return is_call(event, "write") ? arg_num(event, 2) : -1;
}

/* dd writes blocks to a file that was opened long before the window; the last call must be the last one. */
START_TEST(the_newest_at_the_end)
{
	const char *dump = scratch("dump.btrace"), *out = scratch("out");
	char of[256];
	snprintf(of, sizeof(of), "of=%s", out);
	struct run *run =
		RUN(built("bundletrace"), "-e", "trace=write,read,openat,close", "--flight-recorder", "1M",
			"-o", dump, "--", "dd", "if=/dev/zero", of, "bs=10", "count=100000", "status=none");
	code_is(run, 0);
	struct stat st;
	ck_assert_int_eq(stat(dump, &st), 0);
	ck_assert_int_lt(st.st_size, (1 << 20) + 4096);
	ck_assert_int_gt(st.st_size, 1 << 19);
	struct traced t = traced_of(RUN(built("bundletrace"), "--read", dump, "--format", "json"));
	code_is(t.run, 0);
	trace_is_whole(&t);
	int64_t writes = count_calls(&t, "write");
	ck_assert_int_gt(writes, 5000);
	ck_assert_int_lt(writes, 90000);
	int64_t named = 0, closes = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		if (args0(event) == 10)
			named += strcmp(file_path(event), out) == 0;
		closes += is_call(event, "close") && file_path(event) && strcmp(file_path(event), out) == 0;
	}
	ck_assert_int_eq(named, writes); /* the path was recorded before all of them */
	ck_assert_int_eq(closes, 1);     /* dd closes what it opened before them */
	ck_assert_int_eq(count_calls(&t, "openat"), 0);
	ck_assert(is_event(cJSON_GetArrayItem(t.events, cJSON_GetArraySize(t.events) - 1), "exit"));
	/* the tracer's memory does not grow with the run */
	ck_assert(SANITIZED || run->max_rss_kb < 120000);
}
END_TEST

START_TEST(every_format_is_whole)
{
	static const char *const formats[] = { "text", "json", "jsonl", "csv", "chrome", "html", "btrace" };
	const char *dump = scratch("dump");
	code_is(RUN(built("bundletrace"), "--flight-recorder", "1M", "--format", formats[_i], "-o", dump,
			"--", built("bundle_demo"), scratch("demo.apbundle")),
		0);
	size_t len;
	const char *text = file_text(dump, &len);
	ck_assert_uint_gt(len, 1000);
	static const char *const ends[] = { "+++ exited with 0 +++\n", "}\n", "}\n", "\n", "}\n", "</html>\n",
		"}" };
	size_t end_len = strlen(ends[_i]);
	ck_assert_msg(memcmp(text + len - end_len, ends[_i], end_len) == 0, "%s ends with %s", formats[_i],
		text + len - 20);
	if (_i == 1) {
		struct traced t = traced_file(RUN("true"), dump);
		trace_is_whole(&t);
		ck_assert_int_eq(count_events(&t, "miss"), 3);
	} else if (_i == 0) {
		ck_assert_ptr_nonnull(strstr(text, "miss encoder 500 B @124\n"));
	}
}
END_TEST

/* A bundle stays open through storms of hits: its name and its path are still known. */
START_TEST(on_the_signal)
{
	const char *dump = scratch("dump.jsonl"), *bundle = scratch("b.apbundle");
	char second[256];
	snprintf(second, sizeof(second), "%s.1", dump);
	code_is(RUN(built("bundle_load"), "--models", "1", "--size", "1K", "--count", "1", "--file", bundle,
			"--keep"),
		0);
	const char *const argv[] = { built("bundletrace"), "--flight-recorder", "1M", "--format", "jsonl",
		"-o", dump, "--", built("tests/targets/stay"), bundle, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	run_await(run, "ready");
	run_type(run, "x\n");
	run_await(run, "got 1");
	usleep(300000);
	ck_assert_int_ne(access(dump, F_OK), 0); /* nothing until it is requested */
	kill(run->pid, SIGUSR1);
	for (int i = 0; i < 500; i++) {
		if (access(dump, F_OK) == 0 && strstr(file_text(dump, NULL), "\"summary\""))
			break;
		usleep(10000);
	}
	ck_assert_ptr_nonnull(strstr(file_text(dump, NULL), "\"event\":\"miss\""));
	ck_assert_ptr_null(strstr(file_text(dump, NULL), "\"event\":\"close\""));
	run_type(run, "x\n");
	run_await(run, "got 2");
	kill(run->pid, SIGTERM); /* the rest is written at the end */
	run_wait(run);
	ck_assert_ptr_nonnull(strstr(file_text(second, NULL), "\"event\":\"hit\""));
	ck_assert_ptr_nonnull(strstr(file_text(second, NULL), "\"event\":\"miss\""));
}
END_TEST

/* A loader that reloads: the recorder writes at the first reload, and not before. */
START_TEST(on_a_condition)
{
	const char *dump = scratch("dump.json"), *conditions[] = { "reload", "evict", "load>1ns" };
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "--flight-recorder", "1M", "--when",
		conditions[_i], "--format", "json", "-o", dump, "--", built("bundle_load"), "--models", "4",
		"--size", "1K", "--limit", "2K", "--prefetch", "off", "--count", "9");
	code_is(run, 0);
	struct traced t = traced_file(run, dump);
	trace_is_whole(&t);
	const cJSON *last = cJSON_GetArrayItem(t.events, cJSON_GetArraySize(t.events) - 1);
	ck_assert_msg(strstr(run->err, conditions[_i]) != NULL, "%s", run->err);
	static const char *const kinds[] = { "miss", "evict", "load" };
	static const int64_t misses[] = { 5, 3, 1 }; /* m0 m1 m2 m3, and m0 again */
	ck_assert(is_event(last, kinds[_i]));
	ck_assert_int_eq(count_events(&t, "miss"), misses[_i]);
	/* the end writes another document, with all events */
	char second[256];
	snprintf(second, sizeof(second), "%s.1", dump);
	t = traced_file(run, second);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "miss"), 9);
}
END_TEST

START_TEST(on_a_slow_call)
{
	const char *dump = scratch("dump.json");
	struct run *run = RUN(built("bundletrace"), "-f", "--flight-recorder", "1M", "--when",
		"clock_nanosleep>100ms", "--when", "rename", "--format", "json", "-o", dump, "--", "sh", "-c",
		"sleep 0.01; sleep 0.2; true");
	code_is(run, 0);
	struct traced t = traced_file(run, dump);
	const cJSON *last = cJSON_GetArrayItem(t.events, cJSON_GetArraySize(t.events) - 1);
	ck_assert(is_call(last, "clock_nanosleep"));
	ck_assert_int_ge(num(last, "duration_ns"), 200000000);
	ck_assert_int_eq(count_calls(&t, "clock_nanosleep"), 2);
	/* nothing slow, nothing written before the end */
	const char *quiet = scratch("quiet.json");
	char second[256];
	snprintf(second, sizeof(second), "%s.1", quiet);
	run = RUN(built("bundletrace"), "--flight-recorder", "1M", "--when", "clock_nanosleep>100ms",
		"--format", "json", "-o", quiet, "--", "sleep", "0.01");
	code_is(run, 0);
	ck_assert_int_eq(access(quiet, F_OK), 0);
	ck_assert_int_ne(access(second, F_OK), 0);
}
END_TEST

START_TEST(what_cannot_be)
{
	struct run *run = RUN(built("bundletrace"), "--flight-recorder", "1M", "-e", "app=hit", "--when",
		"reload", "--", "/bin/true");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "-e leaves out"));
	code_is(RUN(built("bundletrace"), "--flight-recorder", "1M", "--format", "json", "--", "/bin/true"),
		2);
	code_is(RUN(built("bundletrace"), "--flight-recorder", "1M", "--when", "no>1ms", "--", "/bin/true"),
		2);
	/* a file that cannot be written */
	run = RUN(built("bundletrace"), "--flight-recorder", "1M", "-o", "/nowhere/x", "--", "sh", "-c",
		"echo it ran");
	code_is(run, 1);
	ck_assert_str_eq(run->out, "");
	ck_assert_ptr_nonnull(strstr(run->err, "/nowhere/x: cannot write"));
}
END_TEST

/* ---- progress ---- */

/* What a shell's command writes to the terminal that is its standard error. */
static const char *on_terminal(const char *command, const char *term)
{
	char set[64];
	snprintf(set, sizeof(set), "TERM=%s", term);
	const char *const env[] = { set, NULL };
	const char *const argv[] = { "sh", "-c", command, built("bundletrace"), scratch("x.btrace"), NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .env = env, .terminal = true });
	char *all = calloc(1, 1 << 17);
	ck_assert_ptr_nonnull(all);
	siginfo_t ended = { 0 };
	while (waitid(P_PID, (id_t)run->pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && !ended.si_pid) {
		usleep(30000);
		const char *more = run_terminal(run);
		strncat(all, more, (1 << 17) - strlen(all) - 1);
	}
	run_wait(run);
	strncat(all, run_terminal(run), (1 << 17) - strlen(all) - 1);
	static char kept[4096];
	snprintf(kept, sizeof(kept), "%s", all);
	free(all);
	return kept;
}

START_TEST(progress_on_a_terminal)
{
	const char *said = on_terminal("exec \"$0\" -o \"$1\" -- sleep 1.6 2> /dev/tty > /dev/null", "xterm");
	const char *line = strstr(said, " events, ");
	ck_assert_msg(line != NULL, "%s", said);
	ck_assert_ptr_nonnull(strstr(line, " lost, "));
	int lines = 0;
	for (const char *at = said; (at = strstr(at, " events, ")); at++)
		lines++;
	ck_assert_msg(lines >= 1 && lines <= 4, "%d lines: %s", lines, said);
	/* erased before the messages at the end */
	const char *last = said;
	for (const char *at = said; (at = strstr(at, "\r\033[K")); at++)
		last = at;
	ck_assert_ptr_null(strstr(last, " events, "));
	ck_assert_ptr_null(strstr(said, "\033[3")); /* no colour */
	/* with tables, the kernel's counts */
	said = on_terminal("exec \"$0\" -c -- sleep 1.6 2> /dev/tty > /dev/null", "xterm");
	ck_assert_msg(strstr(said, " events, ") != NULL, "%s", said);
	ck_assert_ptr_null(strstr(said, " 0 events, "));
	ck_assert_ptr_nonnull(strstr(said, "% time"));
}
END_TEST

START_TEST(no_progress_where_it_is_in_the_way)
{
	static const char *const ways[][2] = {
		{ "exec \"$0\" -o \"$1\" -- sleep 1.2 2> /dev/tty > /dev/tty", "xterm" }, /* the command's */
		{ "exec \"$0\" -- sleep 1.2 2> /dev/tty > /dev/null", "xterm" },          /* the timeline's */
		{ "exec \"$0\" -o \"$1\" -- sleep 1.2 > /dev/null", "xterm" },            /* not a terminal */
		{ "exec \"$0\" -o \"$1\" -- sleep 1.2 2> /dev/tty > /dev/null", "dumb" },
	};
	ck_assert_ptr_null(strstr(on_terminal(ways[_i][0], ways[_i][1]), " events, "));
}
END_TEST

Suite *system_flight_suite(void)
{
	Suite *suite = suite_create("system_flight");
	TCase *tc = tcase_create("flight");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, the_newest_at_the_end);
	tcase_add_loop_test(tc, every_format_is_whole, 0, 7);
	tcase_add_test(tc, on_the_signal);
	tcase_add_loop_test(tc, on_a_condition, 0, 3);
	tcase_add_test(tc, on_a_slow_call);
	tcase_add_test(tc, what_cannot_be);
	tcase_add_test(tc, progress_on_a_terminal);
	tcase_add_loop_test(tc, no_progress_where_it_is_in_the_way, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
