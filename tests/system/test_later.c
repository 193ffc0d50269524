/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes in any file that contains the library's code: loaded by dlopen, preloaded, linked statically,
 * stripped, removed or replaced while it runs. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "lines.h"

#define MODELS 3
#define MORE   20

static const char *a_bundle(void)
{
	const char *bundle = scratch("three.apbundle");
	code_is(RUN(built("bundle_load"), "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file",
			bundle),
		0);
	return bundle;
}

/* As named by the kernel and in the notes. */
static const char *the_library(void)
{
	static char path[PATH_MAX];
	ck_assert_ptr_nonnull(realpath(built("libpagedbundle.so"), path));
	return path;
}

/* ---- dlopen ---- */

#define NO_OPTION ((const char *const[]){ NULL })

/* Starts a loader that gets the library's name while it runs. */
static struct run *start_later(const char *trace, const char *const options[])
{
	const char *all[8];
	int n = 0;
	for (; *options; options++)
		all[n++] = *options;
	const char *const command[] = { "-e", "trace=none", "--", built("tests/targets/later"), a_bundle(),
		NULL };
	memcpy(&all[n], command, sizeof(command));
	struct run *run = lines_trace(trace, true, all);
	run_await(run, "ready ");
	return run;
}

static void tell_library(struct run *run)
{
	char line[PATH_MAX + 2];
	snprintf(line, sizeof(line), "%s\n", the_library());
	run_type(run, line);
	run_await(run, "loaded\n");
}

/* No argument names the library: it is found when it is mapped. From the first traced model on, every
 * model of every line is in the trace, and the time without probes is reported. */
START_TEST(library_loaded_later)
{
	const char *trace = scratch("trace");
	struct run *run = start_later(trace, NO_OPTION);
	tell_library(run);
	int lines = lines_until_seen(run, trace, MORE);
	kill(run->pid, SIGINT);
	run_wait(run);
	code_is(run, 128 + SIGINT);
	struct lines_seen seen = lines_seen(trace);
	ck_assert_int_ge(seen.hits + seen.misses, (MORE + 1) * MODELS - (MODELS - 1));
	ck_assert_int_le(seen.hits + seen.misses, lines * MODELS);
	const char *note = lines_note(seen.summary);
	ck_assert_msg(strstr(note, the_library()) && strstr(note, "loaded while") &&
			      strstr(note, " ms may be missing"),
		"%s", note);
	ck_assert_ptr_nonnull(strstr(run->err, note));
}
END_TEST

/* More files are mapped while the tracer is stopped than the kernel can report: then the tracer checks
 * what is mapped. */
START_TEST(library_among_too_many)
{
	const char *trace = scratch("trace");
	struct run *run = start_later(trace, NO_OPTION);
	kill(run->pid, SIGSTOP);
	code_is(RUN("/bin/sh", "-c", "i=0; while [ $i -lt 2500 ]; do /bin/true; i=$((i+1)); done"), 0);
	tell_library(run);
	kill(run->pid, SIGCONT);
	lines_until_seen(run, trace, MORE);
	kill(run->pid, SIGINT);
	run_wait(run);
	struct lines_seen seen = lines_seen(trace);
	ck_assert_int_gt(seen.hits, MORE * MODELS);
	ck_assert_ptr_nonnull(strstr(lines_note(seen.summary), "loaded while"));
}
END_TEST

/* Tables are computed from the library's own counters: complete, however late it was found. */
START_TEST(tables_of_a_library_loaded_later)
{
	const char *trace = scratch("trace");
	struct run *run = start_later(trace, (const char *const[]){ "-c", "--format=text", NULL });
	char line[32];
	tell_library(run);
	for (int i = 1; i <= 50; i++) {
		run_type(run, "go on\n");
		snprintf(line, sizeof(line), "got %d\n", i);
		run_await(run, line);
	}
	usleep(300000);
	kill(run->pid, SIGINT);
	run_wait(run);
	const char *text = file_text(trace, NULL), *total = strstr(text, " total\n");
	int gets, hits, misses;
	ck_assert_msg(total != NULL, "%s", text);
	while (total > text && total[-1] != '\n')
		total--;
	ck_assert_int_eq(sscanf(total, "%d %d %d", &gets, &hits, &misses), 3);
	ck_assert_int_eq(gets, 50 * MODELS);
	ck_assert_int_eq(hits, 49 * MODELS);
	ck_assert_int_eq(misses, MODELS);
}
END_TEST

/* Named before it starts, in any of the usual ways: no event is missing. */
START_TEST(library_named)
{
	const char *library = the_library(), *later = built("tests/targets/later");
	const char *bundle = a_bundle();
	char preload[4200], folder[4200], line[9000];
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", library);
	snprintf(folder, sizeof(folder), "LD_LIBRARY_PATH=%.*s", (int)(strrchr(library, '/') - library),
		library);
	snprintf(line, sizeof(line), "exec %s %s '%s'", later, bundle, library);
	struct traced t;
	if (_i == 0) {
		t = TRACE(later, bundle, library);
	} else if (_i == 1) {
		t = TRACE("/bin/sh", "-c", line);
	} else if (_i == 2) {
		struct run *run = run_start(&(struct run_spec){
			.argv = (const char *const[]){ built("bundletrace"), "--format", "json", "--", later,
				bundle, "libpagedbundle.so.0", NULL },
			.env = (const char *const[]){ folder, NULL } });
		run_wait(run);
		t = traced_of(run);
	} else {
		t = TRACE("env", preload, later, bundle, "-");
	}
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "miss"), MODELS);
	ck_assert_int_eq(count_events(&t, "hit"), 99 * MODELS);
	ck_assert_int_eq(count_events(&t, "close"), 1);
	ck_assert_str_eq(lines_note(t.summary), "");
}
END_TEST

/* ---- deleted files ---- */

static void copy_file(const char *from, const char *to)
{
	code_is(RUN("cp", "--remove-destination", from, to), 0);
}

START_TEST(program_gone_since)
{
	static const char *const ways[] = { "rm \"$0\"", "cp \"$0\" \"$0.new\"; mv \"$0.new\" \"$0\"",
		"rm \"$0\"; echo no program > \"$0\"" };
	const char *loader = scratch("loader"), *trace = scratch("trace");
	char pid[16];
	copy_file(built("tests/targets/stay"), loader);
	struct run *run = lines_loader((const char *const[]){ loader, a_bundle(), NULL });
	code_is(RUN("/bin/sh", "-c", ways[_i], loader), 0);
	snprintf(pid, sizeof(pid), "%d", (int)run->pid);
	struct run *tracer = lines_trace(trace, false, (const char *const[]){ "-p", pid, NULL });
	int lines = lines_until_seen(run, trace, MORE);
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	code_is(tracer, 0);
	struct lines_seen seen = lines_seen(trace);
	ck_assert_int_gt(seen.hits, MORE);
	ck_assert_int_le(seen.hits + seen.misses, lines);
	/* every answered get of both is in the trace, except one in progress when the trace began */
	ck_assert_int_le(seen.answers - seen.hits - seen.misses, 1);
	ck_assert_int_ge(seen.answers - seen.hits - seen.misses, 0);
	ck_assert_int_eq(seen.pid, run->pid);
	ck_assert_str_eq(lines_note(seen.summary), "");
}
END_TEST

/* The program at the same path, but another file: its own probes are attached when it is executed. */
START_TEST(program_replaced_while_traced)
{
	const char *loader = scratch("loader");
	char script[8192];
	copy_file(built("bundle_load"), loader);
	snprintf(script, sizeof(script),
		"%s --count 50 --limit 1M --file %s; cp %s %s.new; mv %s.new %s\n"
		"%s --duration 0.5 --size 1M --limit 4M --file %s",
		loader, scratch("l.apbundle"), loader, loader, loader, loader, loader, scratch("l.apbundle"));
	struct traced t = trace_command((const char *const[]){ "-f", "-e", "trace=none", NULL },
		(const char *const[]){ "/bin/sh", "-c", script, NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *event;
	int64_t first = 0, of_first = 0, of_second = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_event(event, "miss") && !is_event(event, "hit"))
			continue;
		if (!first)
			first = num(event, "pid");
		of_first += num(event, "pid") == first;
		of_second += num(event, "pid") != first;
	}
	ck_assert_int_eq(of_first, 50);
	ck_assert_int_gt(of_second, 10);
	const char *note = lines_note(t.summary);
	ck_assert_msg(strstr(note, loader) && strstr(note, "started by another program"), "%s", note);
}
END_TEST

/* ---- programs of other kinds ---- */

static void agrees(const struct traced *t)
{
	const char *line = strstr(t->run->err, "{\"gets\":");
	ck_assert_msg(line != NULL, "the loader printed no JSON: %s", t->run->err);
	cJSON *own = cJSON_ParseWithOpts(line, NULL, false);
	ck_assert_ptr_nonnull(own);
	ck_assert_int_eq(count_events(t, "hit"), num(own, "hits"));
	ck_assert_int_eq(count_events(t, "miss"), num(own, "misses"));
	ck_assert_int_gt(count_events(t, "miss"), 0);
	ck_assert_str_eq(lines_note(t->summary), "");
	cJSON_Delete(own);
}

START_TEST(static_or_stripped)
{
	static const char *const ways[] = {
		"gcc -static -O1 -I. -Ibundle -o \"$0\" tests/loaders/bundle_load.c \"$2\" -lzstd",
		"strip -o \"$0\" \"$1\""
	};
	const char *loader = scratch("loader");
	code_is(RUN("/bin/sh", "-c", ways[_i], loader, built("bundle_load"), built("libpagedbundle.a")), 0);
	struct traced t =
		TRACE(loader, "--json", "--limit", "1M", "--count", "500", "--file", scratch("l.apbundle"));
	code_is(t.run, 0);
	trace_is_whole(&t);
	agrees(&t);
}
END_TEST

START_TEST(no_probe_in_a_running_process)
{
	char pid[16];
	struct run *run = run_start(&(struct run_spec){
		.argv = (const char *const[]){ "/bin/sh", "-c", "while sleep 0.05; do :; done", NULL } });
	snprintf(pid, sizeof(pid), "%d", (int)run->pid);
	struct run *tracer = RUN(built("bundletrace"), "--format", "json", "-f", "-d", "0.7", "-p", pid);
	code_is(tracer, 0);
	struct traced t = traced_of(tracer);
	trace_is_whole(&t);
	ck_assert_int_gt(count_calls(&t, "wait4"), 1);
	/* a child that ran before has a note of its own */
	const cJSON *note = get(t.summary, "notes")->child;
	while (note && !strstr(note->valuestring, "no probe of libpagedbundle in the traced processes"))
		note = note->next;
	ck_assert_ptr_nonnull(note);
}
END_TEST

/* It may end at any point of the attachment. */
START_TEST(ends_while_attached_to)
{
	int traced = 0, gone = 0;
	for (int i = 0; i < 12; i++) {
		char seconds[16], pid[16];
		snprintf(seconds, sizeof(seconds), "0.%03d", i * 25);
		struct run *run = run_start(
			&(struct run_spec){ .argv = (const char *const[]){ "sleep", seconds, NULL } });
		snprintf(pid, sizeof(pid), "%d", (int)run->pid);
		struct run *tracer =
			run_start(&(struct run_spec){ .argv = (const char *const[]){ built("bundletrace"),
							      "--format", "json", "-p", pid, NULL } });
		run_wait(run);
		run_wait(tracer);
		if (run_code(tracer) == 0) {
			num(traced_of(tracer).summary, "total_events");
			traced++;
		} else {
			code_is(tracer, 1);
			ck_assert_msg(strstr(tracer->err, "no process"), "%s", tracer->err);
			gone++;
		}
	}
	ck_assert_int_eq(traced + gone, 12);
	ck_assert_int_gt(traced, 0);
}
END_TEST

Suite *system_later_suite(void)
{
	Suite *suite = suite_create("system_later");
	TCase *tc = tcase_create("later");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, library_loaded_later);
	tcase_add_test(tc, library_among_too_many);
	tcase_add_test(tc, tables_of_a_library_loaded_later);
	/* a sanitizer refuses to be preloaded late */
	tcase_add_loop_test(tc, library_named, 0, SANITIZED ? 3 : 4);
	tcase_add_loop_test(tc, program_gone_since, 0, 3);
	tcase_add_test(tc, program_replaced_while_traced);
	/* the runtime of a sanitizer is no static one */
	tcase_add_loop_test(tc, static_or_stripped, SANITIZED ? 1 : 0, 2);
	tcase_add_test(tc, no_probe_in_a_running_process);
	tcase_add_test(tc, ends_while_attached_to);
	suite_add_tcase(suite, tc);
	return suite;
}
