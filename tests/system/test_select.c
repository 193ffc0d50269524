/* SPDX-License-Identifier: BSD-2-Clause */
/* -P, --bundle, --model and --max-events on real runs: exactly the selected events, counted to the last
 * call. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

/* Reads, stats, copies and moves $0; some of its calls fail. */
static const char script[] =
	"cat \"$0\" > /dev/null; stat \"$0\" > /dev/null; cp \"$0\" \"$0.copy\"; cat \"$0.none\" 2> /dev/null; dd if=\"$0\" of=/dev/null bs=100 status=none; "
	"dd if=\"$0.copy\" of=/dev/null bs=100 status=none; mv \"$0\" \"$0.moved\"";

static const char *write_file_of(const char *name, int bytes)
{
	char text[5000];
	memset(text, 'x', sizeof(text));
	text[bytes] = '\0';
	write_file(scratch(name), text, 0644);
	return scratch(name);
}

/* Calls of each name in strace's lines: `name(`, at the start or after the process id. */
static long strace_calls(const char *lines, const char *name)
{
	long count = 0;
	size_t len = strlen(name);
	for (const char *line = lines; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *at = line + strspn(line, "0123456789 ");
		count += strncmp(at, name, len) == 0 && at[len] == '(';
	}
	return count;
}

static long strace_total(const char *lines)
{
	long count = 0;
	for (const char *line = lines; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		count += isalpha((unsigned char)line[strspn(line, "0123456789 ")]) != 0;
	return count;
}

static const char *const script_calls[] = { "openat", "read", "close", "newfstatat", "fadvise64", "rename",
	"renameat2", "statx", "copy_file_range", "dup2", NULL };

START_TEST(the_calls_that_strace_keeps)
{
	const char *log = scratch("strace"), *file = write_file_of("a", 4000);
	code_is(RUN("strace", "-f", "-P", file, "-o", log, "sh", "-c", script, file), 0);
	const char *lines = file_text(log, NULL);
	unlink(scratch("a.moved"));
	unlink(scratch("a.copy"));

	write_file_of("a", 4000);
	const char *options[] = { "-f", "-P", file, NULL };
	struct traced t = trace_command(options, (const char *const[]){ "sh", "-c", script, file, NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_gt(strace_total(lines), 60);
	for (const char *const *name = script_calls; *name; name++)
		ck_assert_msg(count_calls(&t, *name) == strace_calls(lines, *name), "%s: %lld, strace %ld",
			*name, (long long)count_calls(&t, *name), strace_calls(lines, *name));
	ck_assert_int_eq(count_calls(&t, NULL), strace_total(lines));
	ck_assert_int_eq(num(t.summary, "total_events"), strace_total(lines));
}
END_TEST

/* The number of calls in a table of -c. */
static long table_total(const char *text)
{
	long calls = -1;
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *total = strstr(line, " total\n");
		if (total && total < strchr(line, '\n'))
			ck_assert_int_eq(sscanf(line, "%*f %*f %*d %ld", &calls), 1);
	}
	return calls;
}

/* fileio reads its file and tries others, all by paths relative to its working directory: its source
 * says how often. */
START_TEST(all_below_a_folder)
{
	const char *folder = scratch("folder"), *recording = scratch("run.btrace");
	ck_assert_int_eq(run_code(RUN("mkdir", folder)), 0);
	struct run *run =
		RUN(built("bundletrace"), "-P", folder, "-c", "--", built("tests/targets/fileio"), folder);
	code_is(run, 0);
	long calls = table_total(run->err);
	struct traced t = trace_command((const char *const[]){ "-P", folder, NULL },
		(const char *const[]){ built("tests/targets/fileio"), folder, NULL });
	trace_is_whole(&t);
	ck_assert_int_eq(count_calls(&t, NULL), calls);
	ck_assert_int_eq(count_calls(&t, "lseek"), 202);
	ck_assert_int_eq(count_calls(&t, "read"), 201); /* not the one from the pipe, nor that of a bad fd */
	ck_assert_int_eq(count_calls(&t, "mkdir"), 2);
	ck_assert_int_eq(count_calls(&t, "access"), 1);
	ck_assert_int_eq(count_calls(&t, "unlink"), 2);
	ck_assert_int_eq(count_calls(&t, "rename"), 1);
	ck_assert_int_eq(count_calls(&t, "rmdir"), 1);
	ck_assert_int_eq(count_calls(&t, "openat"), 4);
	ck_assert_int_eq(count_calls(&t, "brk"), 0);
	ck_assert_int_eq(count_calls(&t, "pipe2"), 0);

	/* selected when shown, or when recorded: the same */
	code_is(RUN(built("bundletrace"), "-o", recording, "--", built("tests/targets/fileio"), folder), 0);
	run = RUN(built("bundletrace"), "--read", recording, "-P", folder, "-c");
	code_is(run, 0);
	ck_assert_int_eq(table_total(run->out), calls);
	code_is(RUN(built("bundletrace"), "-P", folder, "-o", recording, "--", built("tests/targets/fileio"),
			folder),
		0);
	run = RUN(built("bundletrace"), "--read", recording, "-c");
	code_is(run, 0);
	ck_assert_int_eq(table_total(run->out), calls);
	run = RUN(built("bundletrace"), "-P", scratch("nothing"), "-c", "--", built("tests/targets/fileio"),
		folder);
	ck_assert_ptr_null(strstr(run->err, "lseek"));
}
END_TEST

static int64_t of_report(const struct run *run, const char *key)
{
	cJSON *json = cJSON_Parse(run->out);
	ck_assert_msg(json != NULL, "%s", run->out);
	int64_t value = num(json, key);
	cJSON_Delete(json);
	return value;
}

static const char *make_bundle(const char *name)
{
	code_is(RUN(built("bundle_load"), "--models", "4", "--size", "1K", "--count", "1", "--file",
			scratch(name), "--keep"),
		0);
	return scratch(name);
}

/* Two loaders with a bundle each: the numbers of one equal those that it reports itself. */
START_TEST(one_bundle_of_two)
{
	const char *a = make_bundle("a.apbundle"), *b = make_bundle("b.apbundle");
	const char *load = built("bundle_load"), *trace = scratch("trace.json");
	const char *ways[][2] = { { "--bundle", "b.apbundle" }, { "--bundle", b }, { "-P", b } };
	char command[1024];
	snprintf(command, sizeof(command),
		"%s --bundle %s --limit 2K --count 50 > /dev/null; %s --bundle %s --limit 3K --count 70 --json",
		load, a, load, b);
	struct run *run = RUN(built("bundletrace"), "-f", ways[_i][0], ways[_i][1], "--format", "json", "-o",
		trace, "--", "sh", "-c", command, load);
	code_is(run, 0);
	struct traced t = traced_file(run, trace);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "hit"), of_report(run, "hits"));
	ck_assert_int_eq(count_events(&t, "miss"), of_report(run, "misses"));
	ck_assert_int_gt(count_events(&t, "miss"), 0);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(cJSON_GetArraySize(get(t.summary, "bundles")), 1);
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) if (has(event, "fd"))
		ck_assert_msg(!strstr(file_path(event), "/a.apbundle"), "%s", file_path(event));
}
END_TEST

/* Gets, hits and misses of a table's total, or of one model. */
static void row_is(const char *table, const char *name, long gets, long hits, long misses)
{
	long counted[3] = { -1, -1, -1 };
	size_t len = strlen(name);
	const char *line = strstr(table, "\nbundle ");
	for (line = line ? line + 1 : NULL; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t line_len = strcspn(line, "\n");
		if (line_len > len && strncmp(line + line_len - len, name, len) == 0 &&
			line[line_len - len - 1] == ' ')
			sscanf(line, "%ld %ld %ld", &counted[0], &counted[1], &counted[2]);
	}
	ck_assert_msg(counted[0] == gets && counted[1] == hits && counted[2] == misses,
		"%s: %ld gets, %ld hits, %ld misses, not %ld, %ld, %ld:\n%s", name, counted[0], counted[1],
		counted[2], gets, hits, misses, table);
}

/* The same in the tables, which are computed from the library's own counters. */
START_TEST(tables_of_one_bundle)
{
	const char *a = make_bundle("a.apbundle"), *b = make_bundle("b.apbundle");
	const char *load = built("bundle_load");
	char command[1024];
	snprintf(command, sizeof(command),
		"%s --bundle %s --limit 2K --count 50 > /dev/null; %s --bundle %s --limit 3K --count 70 --json",
		load, a, load, b);
	struct run *run = RUN(built("bundletrace"), "-f", "-P", b, "-c", "--", "sh", "-c", command, load);
	code_is(run, 0);
	row_is(run->err, "total", 70, of_report(run, "hits"), of_report(run, "misses"));
	ck_assert_ptr_null(strstr(run->err, "/a.apbundle"));
	/* and for one model of it: a quarter of the gets, in turn */
	run = RUN(built("bundletrace"), "-f", "-P", b, "--model", "m0001", "-c", "--", "sh", "-c", command,
		load);
	code_is(run, 0);
	/* behind the table of files, which has parts of that name too */
	const char *bundle = strstr(run->err, "\nbundle "), *row = bundle ? strstr(bundle, " m0001\n") : NULL;
	ck_assert_msg(row != NULL, "%s", run->err);
	ck_assert_ptr_null(strstr(run->err, " m0002\n"));
	long gets, hits, misses;
	while (row[-1] != '\n')
		row--;
	ck_assert_int_eq(sscanf(row, "%ld %ld %ld", &gets, &hits, &misses), 3);
	ck_assert_int_eq(gets, 18);
	row_is(run->err, "total", gets, hits, misses);
}
END_TEST

START_TEST(some_models)
{
	const char *options[] = { "--model", "encod?r", "--model", "class*", NULL };
	struct traced t = trace_command(
		options, (const char *const[]){ built("bundle_demo"), scratch("demo.apbundle"), NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *event;
	int reads = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_call(event, "read"))
			reads++;
		else if (!has(event, "name") || strcmp(str(event, "layer"), "app") == 0)
			ck_assert_msg(strcmp(str(event, "model"), "encoder") == 0 ||
					      strcmp(str(event, "model"), "classifier") == 0,
				"%s", str(event, "model"));
	}
	ck_assert_int_eq(reads, 2);
	ck_assert_int_eq(count_calls(&t, "read"), 2);
	ck_assert_int_eq(count_calls(&t, "lseek"), 2);
	/* may include the write that created the file, if its header is read only after that */
	ck_assert_int_eq(count_calls(&t, NULL) - count_calls(&t, "write"), 4);
	ck_assert_int_eq(count_events(&t, "miss"), 2);
	/* the bundle's own row stays true: it was opened once */
	const cJSON *bundle = cJSON_GetArrayItem(get(t.summary, "bundles"), 0);
	ck_assert_int_eq(num(bundle, "opens"), 1);
	ck_assert_int_eq(num(bundle, "misses"), 2);
}
END_TEST

/* ---- --max-events ---- */

START_TEST(as_many_events_and_no_more)
{
	struct run *run = RUN(built("bundletrace"), "--max-events", "5", "-C", "--", "sh", "-c",
		"read x; echo done; exit 7");
	code_is(run, 7);
	ck_assert_str_eq(run->out, "done\n");
	const char *table = strstr(run->err, "% time");
	ck_assert_ptr_nonnull(table);
	int lines = 0;
	for (const char *at = run->err; at < table; at = strchr(at, '\n') + 1)
		lines += strncmp(at, "bundletrace:", 12) != 0;
	ck_assert_int_eq(lines, 5);
	ck_assert_int_eq(table_total(run->err), 5);
}
END_TEST

START_TEST(as_many_in_every_format)
{
	const char *options[] = { "--max-events", "7", "-P", scratch("."), NULL };
	struct traced t = trace_command(
		options, (const char *const[]){ built("tests/targets/fileio"), scratch("."), NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(cJSON_GetArraySize(t.events), 7);
	const char *recording = scratch("run.btrace");
	code_is(RUN(built("bundletrace"), "--max-events", "9", "-o", recording, "--", "/bin/true"), 0);
	struct traced read = traced_of(RUN(built("bundletrace"), "--read", recording, "--format", "json"));
	ck_assert_int_eq(cJSON_GetArraySize(read.events), 9);
	read = traced_of(
		RUN(built("bundletrace"), "--read", recording, "--format", "json", "--max-events", "4"));
	ck_assert_int_eq(cJSON_GetArraySize(read.events), 4);
}
END_TEST

/* The tracer ends by itself, and the traced shell continues. */
START_TEST(what_is_traced_runs_on)
{
	struct run *run = RUN("sh", "-c",
		"\"$0\" --max-events 3 -p $$ & "
		"i=0; while [ $i -lt 40 ]; do read x < /proc/loadavg; sleep 0.05; i=$((i+1)); done; wait $!; echo on $?",
		built("bundletrace"));
	code_is(run, 0);
	ck_assert_str_eq(run->out, "on 0\n");
}
END_TEST

START_TEST(usage)
{
	static const char *const wrong[][2] = { { "--max-events", "0" }, { "--max-events", "-1" },
		{ "--max-events", "x" }, { "-P", "" }, { "--bundle", "" }, { "--flight-recorder", "4K" },
		{ "--flight-recorder", "x" }, { "--when", "miss" } };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		code_is(RUN(built("bundletrace"), wrong[i][0], wrong[i][1], "--", "/bin/true"), 2);
}
END_TEST

Suite *system_select_suite(void)
{
	Suite *suite = suite_create("system_select");
	TCase *tc = tcase_create("select");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, the_calls_that_strace_keeps);
	tcase_add_test(tc, all_below_a_folder);
	tcase_add_loop_test(tc, one_bundle_of_two, 0, 3);
	tcase_add_test(tc, tables_of_one_bundle);
	tcase_add_test(tc, some_models);
	tcase_add_test(tc, as_many_events_and_no_more);
	tcase_add_test(tc, as_many_in_every_format);
	tcase_add_test(tc, what_is_traced_runs_on);
	tcase_add_test(tc, usage);
	suite_add_tcase(suite, tc);
	return suite;
}
