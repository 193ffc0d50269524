/* SPDX-License-Identifier: BSD-2-Clause */
/* Source lines and stacks, for a program that passes the line of each system call in the call itself. */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

#define FILE_NAME "tests/targets/source.c"
/* Calls with marks that the program makes, with a library. A sanitizer's qsort() compares once more. */
#define MARKS (9 + SANITIZED)

/* ---- helpers ---- */

static const char *bundle(void)
{
	const char *model = scratch("model"), *path = scratch("source.apbundle");
	char spec[4200];
	write_file(model, "some bytes", 0644);
	snprintf(spec, sizeof(spec), "m=%s", model);
	code_is(RUN(built("bundlectl"), "create", path, spec), 0);
	return path;
}

/* The program under -f -s, and more options. */
static struct traced trace_program(const char *program, const char *const more[])
{
	const char *options[16] = { "-f", "-s", "-e", "trace=lseek,write,openat" };
	int n = 4;
	for (; *more; more++)
		options[n++] = *more;
	return trace_command(
		options, (const char *const[]){ program, built("libpagedbundle.so"), bundle(), NULL });
}

/* The source line shown for a call; 0: none. */
static int64_t said_line(const cJSON *event)
{
	if (is_call(event, "lseek") && arg_num(event, 1) > 1)
		return strcmp(file_path(event), "/dev/zero") == 0 ? arg_num(event, 1) : 0;
	return is_call(event, "write") && arg_num(event, 0) == 2 ? num(event, "result") : 0;
}

/* All marks are present, with their line. */
static void lines_are_right(const struct traced *t)
{
	const cJSON *event;
	int marks = 0;
	cJSON_ArrayForEach(event, t->events)
	{
		int64_t line = said_line(event);
		if (!line)
			continue;
		marks++;
		ck_assert_msg(has(event, "at"), "no line: %s", cJSON_PrintUnformatted(event));
		ck_assert_msg(str(event, "at.file") && strcmp(str(event, "at.file"), FILE_NAME) == 0 &&
				      num(event, "at.line") == line,
			"line %lld: %s", (long long)line, cJSON_PrintUnformatted(event));
	}
	ck_assert_int_eq(marks, MARKS);
}

/* The first call from this line with a stack that has this number of frames of `function`. */
static const cJSON *call_with(const struct traced *t, int count, const char *function)
{
	const cJSON *event, *frame;
	cJSON_ArrayForEach(event, t->events)
	{
		int found = 0;
		if (said_line(event))
			cJSON_ArrayForEach(frame, get(event, "stack")) found +=
				str(frame, "function") && strcmp(str(frame, "function"), function) == 0;
		if (found == count)
			return event;
	}
	ck_abort_msg("no stack with %d times %s", count, function);
	return NULL;
}

/* The frames in the program's own file, innermost first, are of these functions. */
static void own_functions_are(const cJSON *event, const char *const functions[])
{
	const cJSON *frame;
	cJSON_ArrayForEach(frame, get(event, "stack"))
	{
		if (!str(frame, "file") || strcmp(str(frame, "file"), FILE_NAME) != 0)
			continue;
		ck_assert_msg(*functions && strcmp(str(frame, "function"), *functions) == 0, "%s, not %s",
			str(frame, "function"), *functions ? *functions : "the end");
		functions++;
	}
	ck_assert_msg(!*functions, "%s is missing", *functions);
}

/* ---- lines ---- */

static const char *const unwinders[] = { "--unwind=dwarf", "--unwind=fp" };

START_TEST(lines)
{
	struct traced t = trace_program(built(_i % 2 ? "tests/targets/source_fp" : "tests/targets/source"),
		(const char *const[]){ NULL });
	lines_are_right(&t);
	trace_is_whole(&t);
}
END_TEST

/* The C library's frames have no frame pointers: their direct caller is found nevertheless, a caller
 * beyond large frames is not. */
START_TEST(lines_by_frame_pointers)
{
	struct traced t =
		trace_program(built("tests/targets/source_fp"), (const char *const[]){ unwinders[1], NULL });
	const cJSON *event;
	int right = 0;
	cJSON_ArrayForEach(event, t.events) if (said_line(event) && !is_call(event, "write"))
	{
		ck_assert_int_eq(num(event, "at.line"), said_line(event));
		right++;
	}
	ck_assert_int_eq(right, MARKS - 2);
}
END_TEST

/* The library counts as the loader's own code: the line is where it reads, and for a probe where it is
 * fired. */
START_TEST(lines_of_a_library)
{
	struct traced t = trace_program(built("tests/targets/source"), (const char *const[]){ NULL });
	const cJSON *event;
	int opens = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		const char *path = is_call(event, "openat") && has(event, "other_file")
					   ? str(event, "other_file.path")
					   : NULL;
		if (path && strcmp(path, scratch("source.apbundle")) == 0) {
			ck_assert_str_eq(str(event, "at.file"), "bundle/io/file.c");
			ck_assert_ptr_nonnull(strstr(str(event, "at.module"), "libpagedbundle.so"));
			opens++;
		}
	}
	ck_assert_int_eq(opens, 1);
}
END_TEST

START_TEST(lines_of_probes)
{
	struct traced t = trace_command(
		(const char *const[]){ "-s", NULL }, (const char *const[]){ built("bundle_demo"), NULL });
	const cJSON *event;
	int misses = 0;
	cJSON_ArrayForEach(event, t.events) if (is_event(event, "miss"))
	{
		ck_assert_ptr_eq(strstr(str(event, "at.file"), "bundle/"), str(event, "at.file"));
		ck_assert_str_ne(str(event, "at.file"), "bundle/observe/probes.c");
		misses++;
	}
	ck_assert_int_eq(misses, 3);
}
END_TEST

/* ---- stacks ---- */

static const char *const deep[] = { "inlined", "innermost", "middle", "middle", "middle", "middle", "middle",
	"middle", "main", NULL };
static const char *const of_thread[] = { "inlined", "innermost", "middle", "middle", "middle", "middle",
	"thread", NULL };

START_TEST(stacks)
{
	struct traced t = trace_program(built(_i ? "tests/targets/source_fp" : "tests/targets/source"),
		(const char *const[]){ "--stack", unwinders[_i], NULL });
	own_functions_are(call_with(&t, 6, "middle"), deep);
	own_functions_are(call_with(&t, 4, "middle"), of_thread);
	if (_i == 0) {
		lines_are_right(&t);
		own_functions_are(
			call_with(&t, 1, "compare"), (const char *const[]){ "compare", "main", NULL });
		own_functions_are(
			call_with(&t, 1, "on_signal"), (const char *const[]){ "on_signal", "main", NULL });
	}
}
END_TEST

/* ---- without the debug information, or with it elsewhere ---- */

START_TEST(stripped)
{
	const char *copy = scratch("stripped");
	code_is(RUN("strip", "-o", copy, built("tests/targets/source")), 0);
	struct traced t = trace_program(copy, (const char *const[]){ NULL });
	const cJSON *event;
	int marks = 0;
	cJSON_ArrayForEach(event, t.events) if (said_line(event))
	{
		ck_assert_str_eq(str(event, "at.module"), copy);
		ck_assert(!str(event, "at.file") && cJSON_IsNull(get(event, "at.line")));
		marks++;
	}
	ck_assert_int_eq(marks, MARKS);
}
END_TEST

START_TEST(separate_debug_file)
{
	const char *copy = scratch("separate"), *debug = scratch("separate.debug");
	char link[4200];
	snprintf(link, sizeof(link), "--add-gnu-debuglink=%s", debug);
	code_is(RUN("objcopy", "--only-keep-debug", built("tests/targets/source"), debug), 0);
	code_is(RUN("objcopy", "--strip-all", link, built("tests/targets/source"), copy), 0);
	struct traced t = trace_program(copy, (const char *const[]){ NULL });
	lines_are_right(&t);
}
END_TEST

/* Changes some bytes of sections that only a tracer reads. */
static void damage(const char *path, unsigned seed)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), changed = 0;
	size_t names;
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	ck_assert(elf && elf_getshdrstrndx(elf, &names) == 0);
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		const char *name =
			gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		if (!name || (strncmp(name, ".debug_", 7) != 0 && strncmp(name, ".eh_frame", 9) != 0))
			continue;
		for (unsigned i = 0; i < 1 + seed * seed && header.sh_size; i++) {
			char byte = (char)random();
			off_t at = (off_t)(header.sh_offset + (uint64_t)random() % header.sh_size);
			ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
			changed++;
		}
	}
	elf_end(elf);
	close(fd);
	ck_assert_int_gt(changed, 5);
}

/* Such a file's contents are not trusted: the trace is complete, whatever the lines are. */
START_TEST(hostile_files)
{
	const char *copy = scratch("hostile");
	srandom((unsigned)_i + 1);
	code_is(RUN("cp", built("tests/targets/source"), copy), 0);
	damage(copy, (unsigned)_i);
	struct traced t = trace_program(copy, (const char *const[]){ "--stack", NULL });
	const cJSON *event;
	int marks = 0;
	cJSON_ArrayForEach(event, t.events) marks += said_line(event) != 0;
	ck_assert_int_eq(marks, MARKS);
}
END_TEST

/* ---- outputs ---- */

static const char *record(const char *const more[])
{
	const char *copy = scratch("gone"), *trace = scratch("run.btrace"),
		   *argv[20] = { built("bundletrace"), "-f", "-e", "trace=lseek,write,openat", "-o", trace };
	int n = 6;
	for (; *more; more++)
		argv[n++] = *more;
	code_is(RUN("cp", built("tests/targets/source"), copy), 0);
	const char *command[] = { "--", copy, built("libpagedbundle.so"), bundle(), NULL };
	memcpy(argv + n, command, sizeof(command));
	code_is(run_program(argv), 0);
	unlink(copy); /* the reader of the recording does not have the program */
	return trace;
}

START_TEST(recorded)
{
	const char *trace = record((const char *const[]){ "--stack", NULL });
	struct run *run = RUN(built("bundletrace"), "--read", trace, "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	lines_are_right(&t);
	own_functions_are(call_with(&t, 6, "middle"), deep);
	run = RUN(built("bundletrace"), "--read", trace);
	ck_assert_ptr_null(strstr(run->out, "    at "));
	run = RUN(built("bundletrace"), "--read", trace, "-s");
	ck_assert_ptr_nonnull(strstr(run->out, "SEEK_SET) = 0\n    at " FILE_NAME ":"));
}
END_TEST

START_TEST(flight_recorder)
{
	const char *trace = record((const char *const[]){ "-s", "--flight-recorder", "1M", NULL });
	struct run *run = RUN(built("bundletrace"), "--read", trace, "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	lines_are_right(&t);
}
END_TEST

/* The last number of each line: their sum is the time of all calls. */
START_TEST(folded)
{
	const char *trace = record((const char *const[]){ "--stack", NULL });
	struct run *json = RUN(built("bundletrace"), "--read", trace, "--format", "json");
	struct traced t = traced_of(json);
	const cJSON *event;
	int64_t total = 0, sum = 0;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, NULL) && has(event, "duration_ns")) total +=
		num(event, "duration_ns");
	struct run *run = RUN(built("bundletrace"), "--read", trace, "--folded");
	code_is(run, 0);
	ck_assert_ptr_nonnull(
		strstr(run->out, ";main;middle;middle;middle;middle;middle;middle;innermost;inlined;"));
	for (char *line = strtok(run->out, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_ptr_nonnull(strrchr(line, ';'));
		sum += atoll(strrchr(line, ' '));
	}
	ck_assert_int_eq(sum, total);
	ck_assert_int_gt(sum, 0);
}
END_TEST

START_TEST(text_and_csv)
{
	struct run *run =
		RUN(built("bundletrace"), "-s", "-e", "trace=lseek", "--", built("tests/targets/source"));
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->err, "    at " FILE_NAME ":85  # main()\n"));
	run = RUN(built("bundletrace"), "-s", "--format", "csv", "-e", "trace=lseek", "--",
		built("tests/targets/source"));
	ck_assert_ptr_nonnull(strstr(run->out, "at=" FILE_NAME ":85,"));
	run = RUN(built("bundletrace"), "--unwind=guess", "--", "true");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "dwarf or fp"));
}
END_TEST

/* ---- a running process ---- */

START_TEST(attached)
{
	struct run *target = run_start(&(struct run_spec){
		.argv = (const char *const[]){ built("bundle_load"), "--duration", "60", "--limit", "64K",
			"--file", scratch("load.apbundle"), "--read", "seek", NULL } });
	usleep(500000);
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)target->pid);
	struct run *run = RUN(built("bundletrace"), "-s", "--format", "json", "-e", "trace=lseek,pread64",
		"-d", "0.5", "-p", pid);
	code_is(run, 0);
	struct traced t = traced_of(run);
	const cJSON *event;
	int lines = 0, left_out = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (has(event, "stack_left_out")) {
			left_out++;
			continue;
		}
		if (!is_call(event, NULL))
			continue;
		ck_assert_str_eq(str(event, "at.file"), "bundle/io/file.c");
		lines++;
	}
	/* a tracer that cannot keep up, as one under sanitizers, leaves stacks out and says how many */
	ck_assert_int_eq(left_out, has(t.summary, "stacks_left_out") ? num(t.summary, "stacks_left_out") : 0);
	ck_assert_int_gt(lines, 100);
}
END_TEST

Suite *system_source_suite(void)
{
	Suite *suite = suite_create("system_source");
	TCase *tc = tcase_create("source");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, lines, 0, 2);
	tcase_add_test(tc, lines_by_frame_pointers);
	tcase_add_test(tc, lines_of_a_library);
	tcase_add_test(tc, lines_of_probes);
	tcase_add_loop_test(tc, stacks, 0, 2);
	tcase_add_test(tc, stripped);
	tcase_add_test(tc, separate_debug_file);
	tcase_add_loop_test(tc, hostile_files, 0, 8);
	tcase_add_test(tc, recorded);
	tcase_add_test(tc, flight_recorder);
	tcase_add_test(tc, folded);
	tcase_add_test(tc, text_and_csv);
	tcase_add_test(tc, attached);
	suite_add_tcase(suite, tc);
	return suite;
}
