/* SPDX-License-Identifier: BSD-2-Clause */
/* Phases of a program that nobody instrumented for this: its functions and its own USDT probes, against what it did. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sanitized.h"
#include "tests/suites.h"
#include "events_of.h"

#define BLOCKS                  8
#define ARG(name, number, type) "{\"name\":\"" name "\",\"arg\":" #number ",\"type\":\"" type "\"}"
#define DONE(name, number, type)                                                                             \
	"{\"name\":\"" name "\",\"arg\":" #number ",\"at\":\"done\",\"type\":\"" type "\"}"

static const char phases[] = "{\"name\":\"load\",\"at\":\"load_model\",\"string\":{\"name\":\"path\",\"arg\":1},\"args\":[" ARG(
	"reads", 2, "u32") "," ARG("number", 3, "s32") "," ARG("quick", 4,
	"bool") "],\"result\":\"s32\"},"
		"{\"name\":\"descend\",\"at\":\"descend\",\"args\":[" ARG("depth", 1,
			"s32") "],\"result\":\"s32\"},"
			       "{\"name\":\"leave\",\"at\":\"leave\",\"args\":[" ARG("number", 1,
				       "s32") "]},"
					      "{\"name\":\"wait\",\"at\":\"wait_here\",\"string\":{\"name\":\"path\",\"arg\":1}},"
					      "{\"name\":\"loader\",\"at\":\"loader::Loader::load\",\"args\":[" ARG(
						      "number", 1,
						      "s32") "]},"
							     "{\"name\":\"get\",\"start\":\"usdt:phased:get__start\",\"done\":\"usdt:phased:get__done\",\"args\":[" ARG(
								     "block", 1, "u32") "," DONE("minus", 2,
								     "s64") "," DONE("found", -1,
								     "bool") "],\"found\":\"found\"}";

static const char *map_with(const char *name, const char *files, const char *list)
{
	static char text[8192];
	const char *path = scratch(name);
	snprintf(text, sizeof(text),
		"{\"format\":\"bundletrace-probes\",\"version\":1,\"name\":\"test\",\"files\":[\"%s\"],\"phases\":[%s]}",
		files, list);
	write_file(path, text, 0644);
	return path;
}

static const char *the_map(void)
{
	return map_with("phased.json", "phased", phases);
}

static const char *data_file(void)
{
	static char block[4096 * BLOCKS + 1];
	const char *path = scratch("data");
	memset(block, 'x', sizeof(block) - 1);
	write_file(path, block, 0644);
	return path;
}

static struct traced trace_case(const char *name, const char *count)
{
	return trace_command((const char *const[]){ "-f", "-e", "trace=none", "-e", "app=none", "--probes",
				     the_map(), NULL },
		(const char *const[]){ built("tests/targets/phased"), name, data_file(), count, NULL });
}

static bool is_phase(const cJSON *event, const char *name)
{
	return is_event(event, "phase") && strcmp(str(event, "name"), name) == 0;
}

static int count_phases(const struct traced *t, const char *name)
{
	const cJSON *event;
	int count = 0;
	cJSON_ArrayForEach(event, t->events) count += is_phase(event, name);
	return count;
}

static const cJSON *row_of(const cJSON *summary, const char *name)
{
	const cJSON *row;
	cJSON_ArrayForEach(row, get(summary, "phases")) if (strcmp(str(row, "name"), name) == 0) return row;
	ck_abort_msg("no row of %s", name);
	return NULL;
}

/* ---- functions ---- */

/* Each line of the program's own log, in order. */
START_TEST(calls_of_a_function)
{
	struct traced t = trace_case("calls", "0");
	const cJSON *event = t.events->child;
	char path[256];
	int reads, number, quick, result, used, lines = 0;
	code_is(t.run, 0);
	trace_is_whole(&t);
	/* the document has standard output for itself */
	for (const char *line = strstr(t.run->err, "load_model "); line;
		line = strstr(line + 1, "load_model ")) {
		if (sscanf(line, "load_model %255s %d %d %d %d%n", path, &reads, &number, &quick, &result,
			    &used) != 5)
			break;
		while (event && !is_phase(event, "load"))
			event = event->next;
		ck_assert_msg(event != NULL, "no event for %s", line);
		ck_assert_str_eq(str(event, "string"), path);
		ck_assert_int_eq(num(event, "args.reads"), reads);
		ck_assert_int_eq(num(event, "args.number"), number);
		ck_assert_int_eq(cJSON_IsTrue(get(event, "args.quick")), quick);
		ck_assert_int_eq(num(event, "result"), result);
		ck_assert_int_eq(num(event, "read_calls"), reads);
		ck_assert_int_eq(num(event, "read_bytes"), reads * 4096);
		event = event->next;
		lines++;
	}
	ck_assert_int_eq(lines, 20);
	ck_assert_int_eq(count_phases(&t, "load"), 23);
}
END_TEST

/* A long path is cut, an empty one is empty, and none is null; a C++ function is a point. */
START_TEST(odd_strings)
{
	struct traced t = trace_case("calls", "0");
	const cJSON *event, *last[3] = { NULL };
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_phase(event, "load"))
			continue;
		last[0] = last[1];
		last[1] = last[2];
		last[2] = event;
	}
	ck_assert_uint_eq(strlen(str(last[0], "string")), 255);
	ck_assert(cJSON_IsTrue(get(last[0], "string_cut")));
	ck_assert_str_eq(str(last[1], "string"), "");
	ck_assert_ptr_null(str(last[2], "string"));
	cJSON_ArrayForEach(event, t.events) if (is_phase(event, "loader"))
	{
		ck_assert_int_eq(num(event, "args.number"), 17);
		ck_assert(!has(event, "duration_ns") && !has(event, "result"));
	}
	ck_assert_int_eq(count_phases(&t, "loader"), 1);
}
END_TEST

/* Deeper than starts are remembered: the outer ones end without, and nothing is mixed up. */
START_TEST(a_function_in_itself)
{
	struct traced t = trace_case("nested", "7");
	const cJSON *event;
	int64_t depth = 0, before_ns = 0;
	code_is(t.run, 0);
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_phase(event, "descend"))
			continue;
		depth++;
		ck_assert_int_eq(num(event, "result"), depth);
		ck_assert_int_eq(has(event, "duration_ns"), depth <= 4);
		ck_assert_int_eq(has(event, "unstarted"), depth > 4);
		if (depth > 4) {
			ck_assert(cJSON_IsNull(get(event, "args.depth")));
			continue;
		}
		ck_assert_int_eq(num(event, "args.depth"), depth);
		ck_assert_int_gt(num(event, "duration_ns"), before_ns);
		before_ns = num(event, "duration_ns");
	}
	ck_assert_int_eq(depth, 7);
	ck_assert_int_eq(num(row_of(t.summary, "descend"), "unstarted"), 3);
}
END_TEST

/* A function that longjmp leaves has no return: what comes after it is right all the same. */
START_TEST(a_function_that_is_left)
{
	struct traced t = trace_case("left", "50");
	const cJSON *event;
	code_is(t.run, 0);
	ck_assert_int_eq(count_phases(&t, "leave"), 1);
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_phase(event, "leave"))
			ck_assert_int_eq(num(event, "args.number"), -1);
		if (is_phase(event, "load"))
			ck_assert_int_eq(num(event, "read_calls"), 1);
		ck_assert(!is_event(event, "phase") || has(event, "duration_ns"));
	}
	ck_assert_int_eq(count_phases(&t, "load"), 1);
}
END_TEST

/* ---- a cache ---- */

static void cache_is(const cJSON *row, int64_t looks)
{
	int64_t hits = 0, reads = 0;
	for (int64_t i = 0; i < looks; i++) {
		hits += i % 3 == 0;
		reads += i % 3;
	}
	ck_assert_int_eq(num(row, "count"), looks);
	ck_assert_int_eq(num(row, "hits"), hits);
	ck_assert_int_eq(num(row, "misses"), looks - hits);
	ck_assert_int_eq(num(row, "read_calls"), reads);
	ck_assert_int_eq(num(row, "read_bytes"), reads * 4096);
	ck_assert_int_eq(num(row, "unstarted"), 0);
}

START_TEST(hits_misses_and_reads)
{
	struct traced t = trace_case("cache", "3000");
	const cJSON *event;
	int64_t block = 0;
	code_is(t.run, 0);
	trace_is_whole(&t);
	cache_is(row_of(t.summary, "get"), 3000);
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_phase(event, "get"))
			continue;
		ck_assert_int_eq(num(event, "args.block"), block);
		ck_assert_int_eq(num(event, "args.minus"), -5);
		ck_assert_int_eq(cJSON_IsTrue(get(event, "args.found")), block % 3 == 0);
		ck_assert_int_eq(num(event, "read_calls"), block % 3);
		block++;
	}
}
END_TEST

/* The reads between start and done are the calls that stand there in the timeline. */
START_TEST(reads_are_those_of_the_timeline)
{
	struct traced t = trace_command(
		(const char *const[]){ "-e", "trace=pread64", "-e", "app=none", "--probes", the_map(), NULL },
		(const char *const[]){ built("tests/targets/phased"), "cache", data_file(), "300", NULL });
	const cJSON *event;
	int64_t calls = 0, bytes = 0;
	trace_is_whole(&t);
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_call(event, "pread64") && strcmp(file_path(event), scratch("data")) == 0) {
			calls++;
			bytes += num(event, "result");
		}
		if (!is_phase(event, "get"))
			continue;
		ck_assert_int_eq(num(event, "read_calls"), calls);
		ck_assert_int_eq(num(event, "read_bytes"), bytes);
		calls = bytes = 0;
	}
}
END_TEST

START_TEST(threads_and_children)
{
	struct traced t = trace_case("threads", "2000");
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *row = row_of(t.summary, "get");
	ck_assert_int_eq(num(row, "count"), 8000);
	ck_assert_int_eq(num(row, "hits"), 4 * 667);
	ck_assert_int_eq(num(row, "read_calls"), 4 * 1999);
	t = trace_case("forks", "20");
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(num(row_of(t.summary, "get"), "count"), 200);
	ck_assert_int_eq(num(row_of(t.summary, "load"), "count"), 20);
	ck_assert_int_eq(num(row_of(t.summary, "load"), "read_calls"), 20);
}
END_TEST

/* ---- a running process ---- */

static void look_once(struct run *program, int times)
{
	char all[512] = "";
	for (int i = 0; i < times; i++)
		strcat(all, "looked\n");
	run_type(program, "look\n");
	run_await(program, all);
}

/* The kernel lowers them a while after the tracer has ended. */
static bool semaphores_are_put_back(struct run *program)
{
	for (int i = 0; i < 100; i++) {
		size_t before = strlen(run_said(program));
		run_type(program, "?\n");
		while (!strchr(run_said(program) + before, '\n'))
			usleep(10000);
		if (strcmp(run_said(program) + before, "semaphores 0 0\n") == 0)
			return true;
		usleep(100000);
	}
	return false;
}

/* Semaphores count the sites while the program is traced, and are 0 before and after. */
START_TEST(attached_and_put_back)
{
	const char *argv[] = { built("tests/targets/phased"), "stay", data_file(), NULL },
		   *trace = scratch("t.jsonl");
	struct run *program = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	char pid[24];
	run_await(program, "ready ");
	snprintf(pid, sizeof(pid), "%d", program->pid);
	run_type(program, "?\n");
	run_await(program, "semaphores 0 0\n");
	struct run *tracer = WATCH(trace, "-e", "trace=none", "--probes", the_map(), "-p", pid);
	run_type(program, "?\n");
	run_await(program, "semaphores 1 3\n");
	look_once(program, 1);
	look_once(program, 2);
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	ck_assert_msg(semaphores_are_put_back(program), "%s", run_said(program));
	run_type(program, "look\n");
	run_await(program, "semaphores 0 0\nlooked\n");
	const cJSON *events = events_of(trace, program->pid), *event;
	int gets = 0, loads = 0;
	cJSON_ArrayForEach(event, events)
	{
		gets += is_phase(event, "get");
		loads += is_phase(event, "load");
	}
	ck_assert_int_eq(gets, 2);
	ck_assert_int_eq(loads, 2);
}
END_TEST

/* What has not ended when the trace does is shown as that. */
START_TEST(a_phase_that_does_not_end)
{
	const char *data = data_file();
	struct traced t = trace_command((const char *const[]){ "-e", "trace=none", "-e", "app=none", "-d",
						"1", "--probes", the_map(), NULL },
		(const char *const[]){ "timeout", "20", built("tests/targets/phased"), "calls", data, NULL });
	(void)t;
	const char *argv[] = { built("bundletrace"), "-f", "-e", "trace=none", "-e", "app=none", "-d", "1",
		"--probes", the_map(), "--format", "json", "-o", scratch("t.json"), "--",
		built("tests/targets/phased"), "hang", data, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv });
	run_await(run, "ready ");
	int pid = atoi(strstr(run_said(run), "ready ") + 6);
	sleep(2);
	kill(pid, SIGKILL);
	run_wait(run);
	t = traced_file(run, scratch("t.json"));
	const cJSON *event;
	int seen = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_phase(event, "wait"))
			continue;
		ck_assert(cJSON_IsTrue(get(event, "unfinished")));
		ck_assert_str_eq(str(event, "string"), data);
		ck_assert_int_eq(num(event, "read_calls"), 2);
		ck_assert_int_gt(num(event, "duration_ns"), 100000000);
		seen++;
	}
	ck_assert_int_eq(seen, 1);
	ck_assert_int_eq(num(row_of(t.summary, "wait"), "unfinished"), 1);
	ck_assert_int_eq(num(row_of(t.summary, "wait"), "count"), 0);
}
END_TEST

/* A library that is loaded while the program runs, whose file the map names by its library name. */
START_TEST(a_library_loaded_later)
{
	const char *bundle = scratch("three.apbundle"), *trace = scratch("t.json");
	const char *map = map_with("library.json", "libpagedbundle.so.0",
		"{\"name\":\"get_at\",\"at\":\"pb_get_at\",\"args\":[" ARG(
			"index", 2, "u64") "],\"result\":\"s32\"}");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	const char *argv[] = { built("bundletrace"), "-e", "trace=none", "-e", "app=none", "--probes", map,
		"--format", "json", "-o", trace, "--", built("tests/targets/later"), bundle, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true });
	char line[600];
	run_await(run, "ready ");
	snprintf(line, sizeof(line), "%s\n", built("libpagedbundle.so"));
	run_type(run, line);
	run_await(run, "loaded\n");
	sleep(1);
	for (int i = 1; i <= 5; i++) {
		run_type(run, "go\n");
		snprintf(line, sizeof(line), "got %d\n", i);
		run_await(run, line);
	}
	kill(run->pid, SIGINT);
	run_wait(run);
	struct traced t = traced_file(run, trace);
	ck_assert_int_eq(count_phases(&t, "get_at"), 15);
	ck_assert_ptr_nonnull(strstr(run->err, "loaded while the process ran"));
}
END_TEST

/* ---- what is missing, and what is not asked for ---- */

static int occurrences(const char *text, const char *what)
{
	int count = 0;
	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		count++;
	return count;
}

START_TEST(a_missing_function_is_named_once)
{
	const char *map = map_with("some.json", "phased",
		"{\"name\":\"load\",\"at\":\"load_model\"},{\"name\":\"none\",\"at\":\"no_such_function\"},"
		"{\"name\":\"silent\",\"at\":\"nor_this\",\"optional\":true}");
	struct run *run = RUN(built("bundletrace"), "-f", "-e", "trace=none", "-e", "app=none", "--probes",
		map, "--", "sh", "-c", "for i in 1 2 3; do $0 calls $1 >/dev/null; done",
		built("tests/targets/phased"), data_file());
	code_is(run, 0);
	ck_assert_int_eq(occurrences(run->err, "probes: test: no_such_function: no such symbol in "), 1);
	ck_assert_ptr_null(strstr(run->err, "nor_this"));
	ck_assert_int_eq(occurrences(run->err, "phase test:load"), 3 * 23);
}
END_TEST

START_TEST(a_map_that_fits_nothing)
{
	const char *map =
		map_with("other.json", "no-such-program*", "{\"name\":\"load\",\"at\":\"load_model\"}");
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "--probes", map, "--", "true");
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(
		run->err, "probes: test: no traced process has a file that it is about (no-such-program*)"));
	map = map_with("none.json", "phased", "{\"name\":\"none\",\"at\":\"no_such_function\"}");
	run = RUN(built("bundletrace"), "-e", "trace=none", "--probes", map, "--",
		built("tests/targets/phased"), "calls", data_file());
	code_is(run, 0);
	ck_assert_int_eq(occurrences(run->err, "no_such_function: no such symbol in "), 1);
}
END_TEST

START_TEST(maps_that_are_refused)
{
	const char *tool = built("bundletrace");
	struct run *run = RUN(tool, "--probes", "no-such-map", "--", "true");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "llama.cpp, onnxruntime, postgresql"));
	write_file(scratch("bad.json"), "{}", 0644);
	run = RUN(tool, "--probes", scratch("bad.json"), "--", "true");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "format is not"));
	run = RUN(tool, "--probes", "./none.json", "--", "true");
	code_is(run, 2);
	run = RUN(tool, "--probes", "postgresql", "--read", "x.btrace");
	code_is(run, 2);
}
END_TEST

/* Without a map nothing of it is loaded. */
START_TEST(nothing_without_a_map)
{
	struct run *run = RUN(built("bundletrace"), "--debug", "-c", "--", "true");
	code_is(run, 0);
	static const char *const programs[] = { "phase_probe", "phase_return", "phase_probe_multi",
		"phase_return_multi", "emit_unfinished_phases" };
	for (unsigned i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		char line[80];
		snprintf(line, sizeof(line), "prog '%s': skipped loading", programs[i]);
		ck_assert_msg(strstr(run->err, line) != NULL, "%s", line);
	}
	ck_assert_ptr_null(strstr(run->err, "'phase_sites': created"));
}
END_TEST

/* Its symbols are in a file of their own, beside it. */
START_TEST(symbols_of_a_debug_file)
{
	const char *program = copied("tests/targets/phased", "phased"), *folder = scratch("");
	char script[2048];
	snprintf(script, sizeof(script),
		"cd %s && objcopy --only-keep-debug phased phased.debug && strip phased && objcopy --add-gnu-debuglink=phased.debug phased",
		folder);
	code_is(RUN("sh", "-c", script), 0);
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "-e", "app=none", "--probes",
		the_map(), "--", program, "calls", data_file());
	code_is(run, 0);
	ck_assert_int_eq(occurrences(run->err, "phase test:load "), 23);
	/* another program's are not its own */
	snprintf(script, sizeof(script), "cp $0 %s/phased.debug && strip --only-keep-debug %s/phased.debug",
		folder, folder);
	code_is(RUN("sh", "-c", script, built("tests/targets/names")), 0);
	run = RUN(built("bundletrace"), "-e", "trace=none", "-e", "app=none", "--probes", the_map(), "--",
		program, "calls", data_file());
	ck_assert_int_eq(occurrences(run->err, "phase test:load"), 0);
	ck_assert_int_eq(occurrences(run->err, "load_model: no such symbol in "), 1);
}
END_TEST

/* lld's read-only data shares the semaphores' page: the kernel would raise others. */
START_TEST(semaphores_that_cannot_be_armed)
{
	const char *bundle = scratch("one.apbundle");
	code_is(RUN(built("bundle_load"), "--models", "1", "--size", "1K", "--count", "1", "--keep", "--file",
			bundle),
		0);
	const char *map = map_with("lld.json", "stay_lld",
		"{\"name\":\"open\",\"at\":\"usdt:pagedbundle:open\"},{\"name\":\"get\",\"at\":\"pb_get\",\"return\":false}");
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "-e", "app=none", "-d", "1",
		"--probes", map, "--", "timeout", "2", built("tests/targets/stay_lld"), bundle);
	ck_assert_int_eq(occurrences(run->err, "probes: test: open: shares the page of its semaphore"), 1);
}
END_TEST

/* -P keeps the phases that are about a file. */
START_TEST(selected_by_path)
{
	const char *data = data_file();
	struct traced t = trace_command((const char *const[]){ "-e", "trace=none", "-e", "app=none", "-P",
						data, "--probes", the_map(), NULL },
		(const char *const[]){ built("tests/targets/phased"), "calls", data, NULL });
	ck_assert_int_eq(count_phases(&t, "load"), 20);
	ck_assert_int_eq(count_phases(&t, "loader"), 0);
}
END_TEST

/* ---- other outputs ---- */

START_TEST(recorded)
{
	const char *trace = scratch("t.btrace"), *tool = built("bundletrace");
	code_is(RUN(tool, "-e", "trace=none", "-e", "app=none", "--probes", the_map(), "-o", trace, "--",
			built("tests/targets/phased"), "cache", data_file(), "3000"),
		0);
	struct run *run = RUN(tool, "--read", trace, "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	cache_is(row_of(t.summary, "get"), 3000);
	run = RUN(tool, "--read", trace, "--format", "json", "-e", "layer=none");
	t = traced_of(run);
	ck_assert_int_eq(count_phases(&t, "get"), 0);
	run = RUN(tool, "--read", trace, "--format", "csv", "-c");
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->out, "phase,test:get,3000,"));
	run = RUN(tool, "--read", trace, "--format", "html");
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->out, "test:get"));
	run = RUN(tool, "--read", trace, "--format", "chrome");
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->out, "test:get"));
}
END_TEST

START_TEST(tables_alone)
{
	const char *table = scratch("t.txt");
	code_is(RUN(built("bundletrace"), "-c", "--probes", the_map(), "-o", table, "--",
			built("tests/targets/phased"), "cache", data_file(), "30000"),
		0);
	const char *text = file_text(table, NULL), *row = strstr(text, "test:get\n");
	ck_assert_msg(row != NULL, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "30000 10000  20000  33.3 30000"));
	ck_assert_ptr_null(strstr(text, "lost:"));
}
END_TEST

Suite *system_phases_suite(void)
{
	Suite *suite = suite_create("system_phases");
	TCase *tc = tcase_create("phases");
	tcase_add_checked_fixture(tc, NULL, watch_free);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, calls_of_a_function);
	tcase_add_test(tc, odd_strings);
	tcase_add_test(tc, a_function_in_itself);
	tcase_add_test(tc, a_function_that_is_left);
	tcase_add_test(tc, hits_misses_and_reads);
	tcase_add_test(tc, reads_are_those_of_the_timeline);
	tcase_add_test(tc, threads_and_children);
	tcase_add_test(tc, attached_and_put_back);
	tcase_add_test(tc, a_phase_that_does_not_end);
	tcase_add_test(tc, a_library_loaded_later);
	tcase_add_test(tc, a_missing_function_is_named_once);
	tcase_add_test(tc, a_map_that_fits_nothing);
	tcase_add_test(tc, maps_that_are_refused);
	tcase_add_test(tc, nothing_without_a_map);
	tcase_add_test(tc, symbols_of_a_debug_file);
	if (!SANITIZED) /* a sanitizer moves data to pages of its own */
		tcase_add_test(tc, semaphores_that_cannot_be_armed);
	tcase_add_test(tc, selected_by_path);
	tcase_add_test(tc, recorded);
	tcase_add_test(tc, tables_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
