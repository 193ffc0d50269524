/* SPDX-License-Identifier: BSD-2-Clause */
/* The output contains what was selected, and is valid against its schema. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

static struct traced filtered(const char *spec, const char *second)
{
	const char *options[] = { "-e", spec, second ? "-e" : NULL, second, NULL };
	struct traced t = trace_command(
		options, (const char *const[]){ built("bundle_demo"), scratch("demo.apbundle"), NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	return t;
}

static int64_t count_layer(const struct traced *t, const char *layer)
{
	int64_t count = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) count += strcmp(str(event, "layer"), layer) == 0;
	return count;
}

/* Only calls of these names, and some of each; `maybe` (or NULL) may occur too. */
static void only_calls(const struct traced *t, const char *const names[], const char *maybe)
{
	int64_t sum = maybe ? count_calls(t, maybe) : 0;
	for (; *names; names++) {
		ck_assert_msg(count_calls(t, *names) > 0, "no %s", *names);
		sum += count_calls(t, *names);
	}
	ck_assert_int_eq(count_layer(t, "syscall"), sum);
}

START_TEST(calls_by_name)
{
	struct traced t = filtered("trace=lseek,read", NULL);
	only_calls(&t, (const char *const[]){ "lseek", "read", NULL }, NULL);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	/* paths are known, although the open is not shown */
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, "lseek"))
		ck_assert_str_eq(file_path(event), scratch("demo.apbundle"));
}
END_TEST

START_TEST(calls_by_class)
{
	struct traced t = filtered("trace=file", NULL);
	only_calls(&t,
		(const char *const[]){
			"openat", "close", "read", "write", "lseek", "newfstatat", "access", "unlink", NULL },
		"fstat"); /* in newer C libraries */
}
END_TEST

START_TEST(calls_by_pattern)
{
	struct traced t = filtered("/^(fsy|lse)/", "app=none");
	only_calls(&t, (const char *const[]){ "fsync", "lseek", NULL }, NULL);
	ck_assert_int_eq(count_layer(&t, "app"), 0);
}
END_TEST

START_TEST(calls_but_some)
{
	struct traced all = filtered("trace=all", NULL), t = filtered("!mmap,newfstatat", NULL);
	ck_assert_int_gt(count_calls(&all, "mmap"), 0);
	ck_assert_int_eq(count_calls(&t, "mmap"), 0);
	ck_assert_int_eq(count_calls(&t, "newfstatat"), 0);
	ck_assert_int_eq(count_calls(&t, NULL),
		count_calls(&all, NULL) - count_calls(&all, "mmap") - count_calls(&all, "newfstatat"));
}
END_TEST

START_TEST(cache_events_alone)
{
	struct traced t = filtered("trace=none", "app=miss,evict");
	ck_assert_int_eq(count_layer(&t, "app"), 6);
	ck_assert_int_eq(count_layer(&t, "syscall"), 0);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	ck_assert_int_eq(count_events(&t, "evict"), 3);
}
END_TEST

START_TEST(cache_events_alone_in_text)
{
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "-e", "app=miss,evict", "--",
		built("bundle_demo"), scratch("demo.apbundle"));
	code_is(run, 0);
	ck_assert_ptr_null(strstr(run->err, ") = "));
	ck_assert_ptr_null(strstr(run->err, "load "));
	ck_assert_ptr_nonnull(
		strstr(run->err, "miss encoder 500 B @124\nmiss decoder 500 B @624\n"
				 "miss classifier 300 B @1124\nevict encoder 500 B pressure, 500 B left\n"));
	/* without the ends of loads it is not known what lies within one */
}
END_TEST

START_TEST(unknown_names)
{
	static const struct {
		const char *spec, *suggested;
	} wrong[] = { { "trace=lseak", "lseek" }, { "opennat", "openat" }, { "app=mis", "miss" },
		{ "%flie", "file" } };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct run *run = RUN(built("bundletrace"), "-e", wrong[i].spec, "--", "/bin/echo", "it ran");
		code_is(run, 2);
		ck_assert_msg(strstr(run->err, wrong[i].suggested) &&
				      strchr(run->err, '\n') == run->err + run->err_len - 1,
			"%s: %s", wrong[i].spec, run->err);
		ck_assert_str_eq(run->out, "");
	}
	code_is(RUN(built("bundletrace"), "-e", "trace=/(/", "--", "/bin/true"), 2);
	code_is(RUN(built("bundletrace"), "--no-such-option", "--", "/bin/true"), 2);
	code_is(RUN(built("bundletrace"), "--format", "xml", "--", "/bin/true"), 2);
	code_is(RUN(built("bundletrace"), "--buffer", "lots", "--", "/bin/true"), 2);
	code_is(RUN(built("bundletrace")), 2);
}
END_TEST

START_TEST(tables_alone)
{
	struct run *run =
		RUN(built("bundletrace"), "-c", "--", built("bundle_demo"), scratch("demo.apbundle"));
	code_is(run, 0);
	ck_assert_ptr_null(strstr(run->err, "execve("));
	ck_assert_ptr_null(strstr(run->err, "miss encoder"));
	ck_assert_ptr_null(strstr(run->err, "+++"));
	ck_assert_int_eq(
		strncmp(run->err, "% time     seconds  usecs/call     calls    errors syscall\n", 59), 0);
	ck_assert_ptr_nonnull(strstr(run->err, " encoder\n"));
	run = RUN(built("bundletrace"), "--", built("bundle_demo"), scratch("demo.apbundle"));
	ck_assert_ptr_null(strstr(run->err, "% time"));
}
END_TEST

static void line_matches(const char *text, const char *pattern)
{
	regex_t regex;
	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE), 0);
	int found = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	ck_assert_msg(found == 0, "no %s in\n%.1500s", pattern, text);
}

START_TEST(times)
{
	static const struct {
		const char *option, *pattern;
	} forms[] = {
		{ "-t", "^[0-2][0-9]:[0-5][0-9]:[0-6][0-9] execve\\(" },
		{ "-tt", "^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6} exit_group\\(0\\) += \\?" },
		{ "-ttt", "^[0-9]{10}\\.[0-9]{6} \\+\\+\\+ exited with 0 \\+\\+\\+$" },
		{ "-r", "^ +[0-9]+\\.[0-9]{6} exit_group\\(" },
		{ "-T", "^execve\\(.* = 0 <0\\.[0-9]{6}>$" },
	};
	struct run *run = RUN(built("bundletrace"), forms[_i].option, "--", "/bin/true");
	code_is(run, 0);
	line_matches(run->err, forms[_i].pattern);
}
END_TEST

START_TEST(no_durations)
{
	struct traced t = trace_command(
		(const char *const[]){ "--no-durations", NULL }, (const char *const[]){ "/bin/true", NULL });
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) ck_assert(!has(event, "duration_ns"));
	ck_assert_int_gt(count_calls(&t, NULL), 5);
}
END_TEST

/* ---- schema ---- */

START_TEST(schema_is_the_documented_one)
{
	struct run *run = RUN(built("bundletrace"), "--json-schema");
	code_is(run, 0);
	ck_assert_int_gt(run->out_len, 1000);
	ck_assert_msg(strcmp(run->out, file_text("docs/bundletrace-trace.schema.json", NULL)) == 0,
		"it prints another schema than docs/ has");
}
END_TEST

static const char validator[] =
	"import json, sys, jsonschema\n"
	"schema = json.load(open(sys.argv[1]))\n"
	"jsonschema.Draft202012Validator.check_schema(schema)\n"
	"count = 0\n"
	"for path in sys.argv[2:]:\n"
	"    if path.endswith('.jsonl'):\n"
	"        line_schema = dict(schema)\n"
	"        for key in ('type', 'required', 'properties', 'additionalProperties'):\n"
	"            line_schema.pop(key, None)\n"
	"        line_schema['$ref'] = '#/$defs/line'\n"
	"        check = jsonschema.Draft202012Validator(line_schema)\n"
	"        things = [json.loads(line) for line in open(path)]\n"
	"    else:\n"
	"        check = jsonschema.Draft202012Validator(schema)\n"
	"        things = [json.load(open(path))]\n"
	"    for thing in things:\n"
	"        check.validate(thing)\n"
	"        count += 1\n"
	"print(count, 'valid')\n";

static const char *written(const char *format, const char *option, const char *const command[])
{
	char name[32];
	static int number;
	snprintf(name, sizeof(name), "%d.%s", number++, format);
	const char *argv[16] = { built("bundletrace"), "--format", format, "-o", scratch(name), option,
		"--" };
	for (int n = 7; *command; command++)
		argv[n++] = *command;
	run_program(argv);
	return scratch(name);
}

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(output_is_valid)
{
	const char *demo = built("bundle_demo"), *path = scratch("demo.apbundle");
	write_file(scratch("validate.py"), validator, 0644);
	struct run *run = RUN("/usr/bin/python3", scratch("validate.py"),
		"docs/bundletrace-trace.schema.json", written("json", "-C", COMMAND(demo, path)),
		written("json", "-C", COMMAND(built("tests/targets/crash"))),
		written("json", "-C", COMMAND(built("tests/targets/fileio"), scratch("."))),
		written("json", "-C", COMMAND(built("tests/targets/forks"), "3")),
		written("json", "-C", COMMAND("/bin/sh", "-c", "exec /bin/true \377 '' \"a\nb\"")),
		written("json", "--buffer=4K", COMMAND(built("tests/targets/storm"), "500")),
		written("json", "-etrace=none", COMMAND("/bin/true")),
		written("json", "-C",
			COMMAND(built("bundle_load"), "--limit", "3000", "--size", "1000", "--count", "50")),
		written("json", "-C", COMMAND(demo, "/nowhere/at/all")), /* an error event */
		written("json", "-f", COMMAND("unshare", "--pid", "--fork", "/bin/true")),
		written("json", "--stats-extended",
			COMMAND(built("bundle_load"), "--limit", "3000", "--size", "1000", "--count", "300")),
		written("json", "--histogram", COMMAND(demo, path)),
		written("json", "--deep",
			COMMAND(built("tests/targets/cached"), scratch("validate.py"), "drop:0:4096",
				"read:0:100")),
		written("jsonl", "--anomaly-threshold=0.5", COMMAND(demo, path)),
		written("json", "--stack", COMMAND(demo, path)), written("jsonl", "-s", COMMAND(demo, path)),
		written("json", "-d0.3", COMMAND(built("tests/targets/held"))), /* unfinished */
		written("jsonl", "-C", COMMAND(demo, path)),
		written("jsonl", "-C", COMMAND(built("tests/targets/threads"), "3", "20")));
	code_is(run, 0);
	ck_assert_int_gt(atoi(run->out), 200);
}
END_TEST

Suite *system_options_suite(void)
{
	Suite *suite = suite_create("system_options");
	TCase *tc = tcase_create("options");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, calls_by_name);
	if (!SANITIZED)
		tcase_add_test(tc, calls_by_class);
	tcase_add_test(tc, calls_by_pattern);
	tcase_add_test(tc, calls_but_some);
	tcase_add_test(tc, cache_events_alone);
	tcase_add_test(tc, cache_events_alone_in_text);
	tcase_add_test(tc, unknown_names);
	tcase_add_test(tc, tables_alone);
	tcase_add_loop_test(tc, times, 0, 5);
	tcase_add_test(tc, no_durations);
	tcase_add_test(tc, schema_is_the_documented_one);
	tcase_add_test(tc, output_is_valid);
	suite_add_tcase(suite, tc);
	return suite;
}
