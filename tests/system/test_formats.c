/* SPDX-License-Identifier: BSD-2-Clause */
/* One recording in every format: the same events, each readable by the tools it is for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "tests/unit/chrome_check.h"
#include "traced.h"

/* The result of a CSV reader in another language: an array of objects, column by column. */
static const char read_csv[] =
	"import csv, io, json, sys\n"
	"text = io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline='').read()\n"
	"assert text.endswith('\\r\\n') and text.count('\\n') == text.count('\\r\\n')\n"
	"rows = list(csv.reader(io.StringIO(text, newline=''), strict=True))\n"
	"assert all(len(r) == len(rows[0]) for r in rows)\n"
	"json.dump([dict(zip(rows[0], r)) for r in rows[1:]], sys.stdout)\n";

static void record(const char *const command[])
{
	const char *argv[32] = { built("bundletrace"), "-f", "-o", scratch("run.btrace"), "--" };
	for (int n = 4; *command; n++)
		argv[n] = *command++;
	code_is(run_program(argv), 0);
}

static void record_loads(void)
{
	record((const char *const[]){ built("bundle_load"), "--models", "24", "--count", "300", "--limit",
		"600K", "--pattern", "zipf", "--prefetch", "2", "--file", scratch("load.apbundle"), NULL });
}

static struct run *shown_as(const char *format, const char *option)
{
	struct run *run =
		RUN(built("bundletrace"), "--read", scratch("run.btrace"), "--format", format, option);
	code_is(run, 0);
	return run;
}

static const cJSON *csv(const char *option)
{
	const char *const argv[] = { "python3", "-c", read_csv, NULL };
	struct run *run =
		run_start(&(struct run_spec){ .argv = argv, .input = shown_as("csv", option)->out });
	run_wait(run);
	code_is(run, 0);
	return traced_json(run);
}

/* The cell is this number, or empty for none. */
static void cell_is(const cJSON *row, const char *column, const cJSON *value)
{
	char expected[64] = "";
	if (cJSON_IsString(value))
		snprintf(expected, sizeof(expected), "%s", value->valuestring);
	else if (cJSON_IsNumber(value))
		snprintf(expected, sizeof(expected), "%.0f", value->valuedouble);
	ck_assert_msg(strcmp(str(row, column), expected) == 0, "%s: %s, not %s", column, str(row, column),
		expected);
}

START_TEST(csv_events)
{
	static const char *const keys[] = { "time_ns", "layer", "event", "pid", "tid", "duration_ns",
		"size" };
	record_loads();
	struct traced t = traced_of(shown_as("json", NULL));
	const cJSON *row = csv(NULL)->child, *event;
	int loads = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		ck_assert_msg(row != NULL, "the CSV ends too early");
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			cell_is(row, keys[i], cJSON_GetObjectItemCaseSensitive(event, keys[i]));
		if (is_call(event, NULL))
			cell_is(row, "result", get(event, "result"));
		if (is_call(event, NULL))
			cell_is(row, "name", get(event, "name"));
		if (has(event, "model"))
			cell_is(row, "name", get(event, "model"));
		loads += is_event(event, "load");
		row = row->next;
	}
	ck_assert_ptr_null(row);
	ck_assert_int_gt(loads, 50);
}
END_TEST

START_TEST(csv_tables)
{
	record_loads();
	struct traced t = traced_of(shown_as("json", NULL));
	const cJSON *row = csv("-c")->child, *of;
	cJSON_ArrayForEach(of, get(t.summary, "syscalls"))
	{
		ck_assert_str_eq(str(row, "kind"), "syscall");
		cell_is(row, "name", get(of, "name"));
		cell_is(row, "calls", get(of, "calls"));
		cell_is(row, "errors", get(of, "errors"));
		ck_assert(strtod(str(row, "total_us"), NULL) == get(of, "total_us")->valuedouble);
		row = row->next;
	}
	const cJSON *bundle = get(t.summary, "bundles")->child;
	ck_assert_str_eq(str(row, "kind"), "bundle");
	cell_is(row, "bundle", get(bundle, "path"));
	cell_is(row, "gets", get(bundle, "gets"));
	row = row->next;
	cJSON_ArrayForEach(of, get(bundle, "models"))
	{
		static const char *const keys[] = { "name", "gets", "hits", "misses", "reloads", "evictions",
			"loads", "prefetched", "used", "wasted", "bytes_loaded", "errors" };
		ck_assert_str_eq(str(row, "kind"), "model");
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			cell_is(row, keys[i], get(of, keys[i]));
		row = row->next;
	}
	cJSON_ArrayForEach(of, get(t.summary, "files"))
	{
		static const char *const keys[] = { "opens", "read_calls", "read_bytes", "write_bytes",
			"mapped_bytes", "other_calls", "errors" };
		const cJSON *part;
		ck_assert_str_eq(str(row, "kind"), "file");
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			cell_is(row, keys[i], get(of, keys[i]));
		cell_is(row, "name", get(of, "path"));
		row = row->next;
		cJSON_ArrayForEach(part, get(of, "parts"))
		{
			ck_assert_str_eq(str(row, "kind"), "part");
			cell_is(row, "bundle", get(of, "path"));
			cell_is(row, "read_bytes", get(part, "read_bytes"));
			row = row->next;
		}
	}
	int loads = 0;
	for (; row; row = row->next, loads++) {
		ck_assert_str_eq(str(row, "kind"), "load");
		ck_assert_str_eq(str(row, "inferred"), "false");
		ck_assert_str_eq(str(row, "bundle"), str(bundle, "path"));
	}
	ck_assert_int_eq(loads, cJSON_GetArraySize(get(bundle, "models")));
}
END_TEST

/* Directly from the kernel: only the tables, without an event. */
START_TEST(csv_tables_of_a_command)
{
	struct run *run = RUN(built("bundletrace"), "--format", "csv", "-c", "--", built("bundle_demo"),
		scratch("demo.apbundle"));
	code_is(run, 0);
	ck_assert_int_eq(strncmp(run->out, "kind,name,calls,errors,total_us,max_us,", 39), 0);
	ck_assert_ptr_nonnull(strstr(run->out, "\r\nsyscall,lseek,4,0,"));
	ck_assert_ptr_nonnull(strstr(run->out, "\r\nmodel,encoder,,0,,,"));
	ck_assert_ptr_nonnull(strstr(run->err, "Hits: 0, Misses: 3, Evictions: 1\n"));
	run = RUN(built("bundletrace"), "--format", "csv", "-C", "--", "/bin/echo", "it ran");
	code_is(run, 2);
	ck_assert_str_eq(run->out, "");
}
END_TEST

static int count_inside(const struct chrome *chrome, const char *name, const char *around)
{
	int count = 0;
	for (int i = 0; i < chrome->slice_count; i++) {
		const struct slice *s = &chrome->slices[i];
		count += strcmp(s->name, name) == 0 && s->parent >= 0 &&
			 strncmp(chrome->slices[s->parent].name, around, strlen(around)) == 0;
	}
	return count;
}

START_TEST(chrome_loads)
{
	record_loads();
	struct traced t = traced_of(shown_as("json", NULL));
	const cJSON *json = traced_json(shown_as("chrome", NULL));
	struct chrome chrome = chrome_check(json);
	int loads = (int)count_events(&t, "load"), demanded = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) demanded +=
		is_event(event, "load") && strcmp(str(event, "cause"), "demand") == 0;
	ck_assert_int_gt(loads, 50);
	ck_assert_int_eq(chrome_count(&chrome, "X", "load "), loads);
	ck_assert_int_eq(chrome_count(&chrome, "X", "miss "), (int)count_events(&t, "miss"));
	ck_assert_int_eq(chrome_count(&chrome, "i", "hit "), (int)count_events(&t, "hit"));
	ck_assert_int_eq(chrome_count(&chrome, "i", "evict "), (int)count_events(&t, "evict"));
	ck_assert_int_eq(chrome.arrows, demanded);
	/* each load reads once, and the only other reads of the bundle are of its index */
	ck_assert_int_eq(count_inside(&chrome, "pread64", "load "), loads);
	ck_assert_int_eq((int)get(json, "otherData.summary.lost.total")->valuedouble, 0);
	ck_assert(cJSON_Compare(get(json, "otherData.command"), get(t.json, "command"), true));
	chrome_free(&chrome);
}
END_TEST

/* Several threads and processes. */
START_TEST(chrome_threads)
{
	record((const char *const[]){ "sh", "-c", "for i in 1 2 3; do /bin/echo $i & done; wait", NULL });
	struct traced t = traced_of(shown_as("json", NULL));
	struct chrome chrome = chrome_check(traced_json(shown_as("chrome", NULL)));
	ck_assert_int_eq(chrome_count(&chrome, "i", "exit 0"), 4);
	ck_assert_int_eq(chrome_count(&chrome, "i", "fork "), 3);
	ck_assert_int_gt(chrome.slice_count, (int)count_calls(&t, NULL) / 2);
	chrome_free(&chrome);
	record((const char *const[]){ built("tests/targets/threads"), "4", "50", NULL });
	chrome = chrome_check(traced_json(shown_as("chrome", NULL)));
	ck_assert_int_ge(chrome_count(&chrome, "M", "thread_name"), 5);
	ck_assert_int_ge(chrome_count(&chrome, "X", "lseek"), 100);
	chrome_free(&chrome);
}
END_TEST

/* The document is complete although the command was killed. */
START_TEST(chrome_of_a_crash)
{
	struct run *run = RUN(built("bundletrace"), "--format", "chrome", "--", "sh", "-c", "kill -SEGV $$");
	code_is(run, 139);
	struct chrome chrome = chrome_check(traced_json(run));
	ck_assert_int_eq(chrome_count(&chrome, "i", "exit SIGSEGV"), 1);
	chrome_free(&chrome);
}
END_TEST

Suite *system_formats_suite(void)
{
	Suite *suite = suite_create("system_formats");
	TCase *tc = tcase_create("formats");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, csv_events);
	tcase_add_test(tc, csv_tables);
	tcase_add_test(tc, csv_tables_of_a_command);
	tcase_add_test(tc, chrome_loads);
	tcase_add_test(tc, chrome_threads);
	tcase_add_test(tc, chrome_of_a_crash);
	suite_add_tcase(suite, tc);
	return suite;
}
