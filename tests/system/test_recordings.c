/* SPDX-License-Identifier: BSD-2-Clause */
/* What a recording shows is what the live run showed, names of models included, and what is damaged is told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/bundle_help.h"
#include "traced.h"

/* Calls whose lines do not differ between two runs, and events without durations. */
#define SAME_EACH_TIME "trace=read,pread64,lseek", "-e", "app=open,miss,evict"

static char *contents(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rbe");
	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	*len = (size_t)ftell(file);
	rewind(file);
	char *text = calloc(1, *len + 1);
	ck_assert_uint_eq(fread(text, 1, *len, file), *len);
	fclose(file);
	return text;
}

static void put(const char *path, const char *data, size_t len)
{
	FILE *file = fopen(path, "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* Fails with the first line that differs. */
static void same_lines(const char *got, const char *expected)
{
	size_t same = 0;
	while (got[same] && got[same] == expected[same])
		same++;
	if (got[same] == expected[same])
		return;
	while (same && got[same - 1] != '\n')
		same--;
	ck_abort_msg("\"%.*s\", not \"%.*s\"", (int)strcspn(got + same, "\n"), got + same,
		(int)strcspn(expected + same, "\n"), expected + same);
}

/* Takes out the lines of a sanitizer's start, which reads files of its own process: they differ from run to run. */
static char *without_proc(char *text)
{
	for (char *at = text; (at = strstr(at, "</proc/"));) {
		char *end = at + strcspn(at, "\n");
		while (at > text && at[-1] != '\n')
			at--;
		memmove(at, end + (*end == '\n'), strlen(end + (*end == '\n')) + 1);
	}
	return text;
}

/* bundle_demo makes the bundle in the same way each time. */
static void trace_demo(const char *output, const char *select, const char *value)
{
	code_is(RUN(built("bundletrace"), "-e", SAME_EACH_TIME, "-o", output, select, value, "--",
			built("bundle_demo"), scratch("demo.apbundle")),
		0);
}

/* Byte for byte, when the file is gone, and when another one has its place. */
static void same_as_live(const char *select, const char *value)
{
	const char *live = scratch("live.txt"), *recording = scratch("run.btrace");
	size_t len;
	trace_demo(live, select, value);
	trace_demo(recording, select, value);
	char *expected = without_proc(contents(live, &len));
	ck_assert_ptr_nonnull(strstr(expected, "[encoder+0]"));
	ck_assert_int_ne(access(scratch("demo.apbundle"), F_OK), 0); /* the program removes it */
	struct run *run = RUN(built("bundletrace"), select, value, "--read", recording);
	code_is(run, 0);
	same_lines(without_proc(run->out), expected);
	put(scratch("demo.apbundle"), "another", 7);
	run = RUN(built("bundletrace"), select, value, "--read", recording);
	same_lines(without_proc(run->out), expected);
	free(expected);
}

START_TEST(text_is_that_of_the_live_run)
{
	same_as_live("--color=never", "--color=never");
}
END_TEST

START_TEST(one_model_of_the_live_run)
{
	same_as_live("--model", "encoder");
}
END_TEST

/* --model on a recording of everything. */
START_TEST(one_model_of_a_recording)
{
	const char *live = scratch("live.txt"), *recording = scratch("run.btrace");
	size_t len;
	trace_demo(live, "--model", "encoder");
	trace_demo(recording, "--color=never", "--color=never");
	char *expected = without_proc(contents(live, &len));
	struct run *run = RUN(built("bundletrace"), "--read", recording, "--model", "encoder");
	code_is(run, 0);
	same_lines(without_proc(run->out), expected);
	free(expected);
}
END_TEST

/* The flight recorder writes when the file may be gone. */
START_TEST(flight_recorder)
{
	const char *live = scratch("live.txt"), *flight = scratch("flight.txt"),
		   *bundle = scratch("demo.apbundle");
	size_t len;
	char *lines[2];
	for (int i = 0; i < 2; i++) {
		const char *argv[] = { built("bundletrace"), "-f", "-e", SAME_EACH_TIME, "-P", bundle, "-o",
			i ? flight : live, "--", "sh", "-c", "\"$0\" \"$1\"; true", built("bundle_demo"),
			bundle, NULL };
		const char *with[24] = { built("bundletrace"), "--flight-recorder", "1M" };
		memcpy(with + 3, argv + 1, sizeof(argv) - sizeof(*argv));
		code_is(run_program(i ? with : argv), 0);
		lines[i] = without_proc(contents(i ? flight : live, &len));
	}
	/* the pids differ */
	for (int i = 0; i < 2; i++) {
		for (char *at = lines[i]; (at = strstr(at, "[pid")); at++)
			memset(at, ' ', strcspn(at, "]"));
		for (char *at = lines[i]; (at = strstr(at, "--- process ")); at++)
			memset(at, ' ', strlen("--- process ") + strcspn(at + strlen("--- process "), " "));
	}
	ck_assert_ptr_nonnull(strstr(lines[0], "[encoder+0]"));
	same_lines(lines[1], lines[0]);
	free(lines[0]);
	free(lines[1]);
}
END_TEST

/* Made by the last program that wrote it; what it has not is said. */
START_TEST(version_before_checksums)
{
	size_t len;
	char *expected = contents(fixture("recordings/version5.txt"), &len);
	struct run *run = RUN(built("bundletrace"), "--read", fixture("recordings/version5.btrace"));
	code_is(run, 0);
	same_lines(run->out, expected);
	ck_assert_ptr_nonnull(strstr(run->err, "version 5 of the format, without checksums"));
	free(expected);
	struct traced t = traced_of(RUN(
		built("bundletrace"), "--read", fixture("recordings/version5.btrace"), "--format", "json"));
	ck_assert_ptr_nonnull(strstr(cJSON_GetArrayItem(get(t.summary, "notes"), 0)->valuestring,
		"without names of models and tensors"));
	/* cut off, it ends where it was cut */
	char *data = contents(fixture("recordings/version5.btrace"), &len);
	for (size_t cut = 300; cut < len; cut += 97) {
		put(scratch("cut.btrace"), data, cut);
		t = traced_of(RUN(built("bundletrace"), "--read", scratch("cut.btrace"), "--format", "json"));
		code_is(t.run, 1);
		ck_assert_ptr_nonnull(strstr(t.run->err, "recording not ended"));
	}
	free(data);
}
END_TEST

/* ---- damage ---- */

/* A recording of some chunks; the number of its events. */
static int64_t record_dd(const char *recording)
{
	code_is(RUN(built("bundletrace"), "-o", recording, "--", "dd", "if=/dev/zero", "of=/dev/null", "bs=1",
			"count=5000", "status=none"),
		0);
	struct traced t = traced_of(RUN(built("bundletrace"), "--read", recording, "--format", "json"));
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_gt(num(t.summary, "total_events"), 10000);
	return num(t.summary, "total_events");
}

/* Sixty flips at random places, none of which passes: what is missing and what is there are all events. */
START_TEST(changed_bits)
{
	const char *recording = scratch("run.btrace"), *damaged = scratch("damaged.btrace");
	int64_t events = record_dd(recording);
	size_t len;
	char *data = contents(recording, &len);
	unsigned seed = 14;
	for (int i = 0; i < 60; i++) {
		size_t at = (size_t)((double)rand_r(&seed) / RAND_MAX * (double)(len - 1));
		char bit = (char)(1 << (i % 8));
		data[at] ^= bit;
		put(damaged, data, len);
		data[at] ^= bit;
		struct run *run = RUN(built("bundletrace"), "--read", damaged, "--format", "json");
		code_is(run, 1);
		struct traced t = traced_of(run);
		const cJSON *notes = get(t.summary, "notes");
		const char *note = cJSON_GetArrayItem(notes, cJSON_GetArraySize(notes) - 1)->valuestring;
		ck_assert_msg(strncmp(note, "recording ", 10) == 0 && strstr(note, " at byte "), "%s", note);
		ck_assert_ptr_nonnull(strstr(run->err, note));
		if (strncmp(note, "recording not ended", 19) != 0)
			ck_assert_int_eq(
				num(t.summary, "total_events") + num(t.summary, "lost.total"), events);
		else
			ck_assert_int_eq(num(t.summary, "total_events"), events);
	}
	free(data);
}
END_TEST

/* In each format and in the tables, what is missing is lost. */
START_TEST(lost_in_every_format)
{
	static const char *const formats[] = { "text", "jsonl", "csv", "chrome", "html" };
	const char *recording = scratch("run.btrace"), *again = scratch("again.btrace");
	size_t len;
	record_dd(recording);
	char *data = contents(recording, &len);
	data[len / 2] ^= 1;
	put(recording, data, len);
	free(data);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct run *run = RUN(built("bundletrace"), "--read", recording, "--format", formats[i]);
		code_is(run, 1);
		ck_assert_ptr_nonnull(strstr(run->out, i == 1 || i == 2 ? "damaged" : "lost"));
		ck_assert_ptr_nonnull(strstr(run->err, "recording damaged at byte "));
	}
	struct run *run = RUN(built("bundletrace"), "--read", recording, "-c");
	code_is(run, 1);
	ck_assert_ptr_nonnull(strstr(run->out, "syscall events (damaged recording)"));
	/* a copy of what is left is whole, and knows what it lacks */
	code_is(RUN(built("bundletrace"), "--read", recording, "-o", again), 1);
	run = RUN(built("bundletrace"), "--read", again, "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	ck_assert_int_gt(num(t.summary, "lost.by_cause.damaged"), 0);
	ck_assert_str_eq(run->err, "");
}
END_TEST

/* SIGKILL leaves what was written, up to the last chunk. */
START_TEST(killed_recorder)
{
	const char *recording = scratch("run.btrace");
	struct stat st = { 0 };
	struct run_spec spec = { .argv = (const char *[]){ built("bundletrace"), "-o", recording, "--", "sh",
					 "-c", "while :; do sleep 0.01; done", NULL } };
	struct run *run = run_start(&spec);
	for (int i = 0; i < 200 && (stat(recording, &st) || st.st_size < 2000); i++)
		usleep(20000);
	ck_assert_int_eq(kill(run->pid, SIGKILL), 0);
	kill(-run->pid, SIGKILL);
	run_wait(run);
	struct traced t = traced_of(RUN(built("bundletrace"), "--read", recording, "--format", "json"));
	code_is(t.run, 1);
	ck_assert_int_gt(num(t.summary, "total_events"), 20);
	ck_assert_ptr_nonnull(strstr(cJSON_GetArrayItem(get(t.summary, "notes"), 0)->valuestring,
		"recording not ended: the recorder was killed, or the file is cut off or damaged at byte "));
}
END_TEST

Suite *system_recordings_suite(void)
{
	Suite *suite = suite_create("system_recordings");
	TCase *tc = tcase_create("system_recordings");
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_test(tc, text_is_that_of_the_live_run);
	tcase_add_test(tc, one_model_of_the_live_run);
	tcase_add_test(tc, one_model_of_a_recording);
	if (!SANITIZED) /* the program may have removed its file before such a tracer reads the names in it */
		tcase_add_test(tc, flight_recorder);
	tcase_add_test(tc, version_before_checksums);
	tcase_add_test(tc, changed_bits);
	tcase_add_test(tc, lost_in_every_format);
	tcase_add_test(tc, killed_recorder);
	suite_add_tcase(suite, tc);
	return suite;
}
