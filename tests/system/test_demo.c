/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo: the trace shows what the loader reports itself, load by load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

static const struct {
	const char *name;
	int64_t offset, size;
} models[] = { { "encoder", 124, 500 }, { "decoder", 624, 500 }, { "classifier", 1124, 300 } };

static const char *bundle;

static struct traced demo(void)
{
	bundle = scratch("demo.apbundle");
	struct traced t = TRACE(built("bundle_demo"), bundle);
	code_is(t.run, 0);
	trace_is_whole(&t);
	return t;
}

/* The next event that is not of the bundle's bookkeeping: cache events, lseek and read of the bundle. */
static const cJSON *next_step(const cJSON *event)
{
	for (event = event->next; event; event = event->next) {
		bool moves = is_call(event, "lseek") || is_call(event, "read") || is_call(event, "pread64");
		if (strcmp(str(event, "layer"), "app") == 0 ||
			(moves && file_path(event) && strcmp(file_path(event), bundle) == 0))
			return event;
	}
	ck_abort_msg("the timeline ends too early");
	return NULL;
}

static void model_is(const cJSON *event, const char *kind, int i)
{
	ck_assert_str_eq(str(event, "event"), kind);
	ck_assert_str_eq(str(event, "model"), models[i].name);
	ck_assert_int_eq(num(event, "offset"), models[i].offset);
	ck_assert_int_eq(num(event, "size"), models[i].size);
	ck_assert_str_eq(str(event, "bundle_path"), bundle);
}

static const cJSON *load_is(const cJSON *event, int i)
{
	ck_assert(is_call(event, "lseek"));
	ck_assert_int_eq(arg_num(event, 1), models[i].offset);
	ck_assert_int_eq(num(event, "result"), models[i].offset);
	ck_assert_int_eq(num(event, "file.offset"), models[i].offset);
	event = next_step(event);
	ck_assert(is_call(event, "read"));
	ck_assert_int_eq(num(event, "result"), models[i].size);
	ck_assert_int_eq(num(event, "file.offset"), models[i].offset + models[i].size);
	event = next_step(event);
	model_is(event, "load", i);
	ck_assert_str_eq(str(event, "cause"), "demand");
	ck_assert_int_gt(num(event, "duration_ns"), 0);
	return next_step(event);
}

START_TEST(timeline)
{
	struct traced t = demo();
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	ck_assert_int_eq(count_events(&t, "load"), 3);
	ck_assert_int_eq(count_events(&t, "hit"), 0);
	ck_assert_int_eq(count_events(&t, "evict"), 3); /* two of them at close */

	const cJSON *event = t.events->child;
	while (event && !is_event(event, "open"))
		event = event->next;
	ck_assert_ptr_nonnull(event);
	ck_assert_str_eq(str(event, "bundle_path"), bundle);
	ck_assert_int_eq(num(event, "models"), 3);
	ck_assert_int_eq(num(event, "data_offset"), 124);
	ck_assert_int_eq(num(event, "limit"), 1024);
	event = next_step(event);
	for (int i = 0; i < 3; i++) {
		model_is(event, "miss", i);
		event = next_step(event);
		if (i == 2) {
			model_is(event, "evict", 0);
			ck_assert_str_eq(str(event, "reason"), "pressure");
			ck_assert_int_eq(num(event, "resident"), 500);
			event = next_step(event);
		}
		event = load_is(event, i);
	}
	model_is(event, "evict", 1);
	ck_assert_str_eq(str(event, "reason"), "close");
}
END_TEST

START_TEST(same_numbers_as_the_library)
{
	struct traced t = demo();
	const cJSON *bundles = get(t.summary, "bundles");
	ck_assert_int_eq(cJSON_GetArraySize(bundles), 1);
	const cJSON *b = bundles->child;
	char said[128];
	snprintf(said, sizeof(said), "Hits: %d, Misses: %d, Evictions: %d\n", (int)num(b, "hits"),
		(int)num(b, "misses"), (int)num(b, "evictions"));
	/* the command's standard output is on standard error here */
	ck_assert_msg(strstr(t.run->err, said) != NULL, "not \"%s\": %s", said, t.run->err);
	ck_assert_int_eq(num(b, "misses"), 3);
	ck_assert_int_eq(num(b, "evictions"), 1);
	ck_assert_int_eq(num(b, "bytes_loaded"), 1300);
	ck_assert_int_eq(num(b, "reloads"), 0);
	ck_assert_int_eq(num(b, "models_in_file"), 3);
	ck_assert_int_eq(num(b, "limit"), 1024);
	ck_assert_str_eq(str(b, "path"), bundle);
	ck_assert_int_eq(cJSON_GetArraySize(get(b, "models")), 3);
	const cJSON *m;
	cJSON_ArrayForEach(m, get(b, "models"))
	{
		bool encoder = strcmp(str(m, "name"), "encoder") == 0;
		ck_assert_int_eq(num(m, "evictions"), encoder);
		ck_assert_int_eq(num(m, "misses"), 1);
	}
	/* and as the library's own counts at close */
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) if (is_event(event, "close"))
	{
		ck_assert_int_eq(num(event, "misses"), 3);
		ck_assert_int_eq(num(event, "evictions"), 1);
		ck_assert_int_eq(num(event, "bytes_loaded"), 1300);
	}
	ck_assert_int_eq(count_events(&t, "close"), 1);
}
END_TEST

/* Each of the lines, in this order, with others between them. */
static void lines_in_order(const char *text, const char *const lines[])
{
	const char *at = text;
	for (; *lines; lines++) {
		at = strstr(at, *lines);
		ck_assert_msg(at != NULL, "no \"%s\" in its place in:\n%.3000s", *lines, text);
		at += strlen(*lines);
	}
}

START_TEST(text)
{
	bundle = scratch("demo.apbundle");
	struct run *run = RUN(built("bundletrace"), "-C", "-T", "--", built("bundle_demo"), bundle);
	code_is(run, 0);
	char seek[3][256], got[3][256], opened[256];
	for (int i = 0; i < 3; i++) {
		snprintf(seek[i], sizeof(seek[i]), "\n  lseek(3<%s>, %d, SEEK_SET) = %d [%s+0] <0.0", bundle,
			(int)models[i].offset, (int)models[i].offset, models[i].name);
		snprintf(got[i], sizeof(got[i]), "\n  read(3<%s>, ..., %d) = %d [%s+0] <0.0", bundle,
			(int)models[i].size, (int)models[i].size, models[i].name);
	}
	snprintf(opened, sizeof(opened), "\nopen %s 3 models, limit 1024 B\n", bundle);
	lines_in_order(run->err,
		(const char *const[]){ "execve(", opened, "\nmiss encoder 500 B @124\n", seek[0] + 1, got[0],
			"\nload encoder 500 B in ", "\nmiss decoder 500 B @624\n", seek[1] + 1, got[1],
			"\nload decoder 500 B in ", "\nmiss classifier 300 B @1124\n",
			"evict encoder 500 B pressure, 500 B left\n", seek[2] + 1, got[2],
			"\nload classifier 300 B in ", "\nevict decoder 500 B close, 300 B left\n",
			"\nclose 0 hits, 3 misses, 1 evictions, 0 prefetches, 1300 B loaded\n",
			"\n+++ exited with 0 +++\n",
			"% time     seconds  usecs/call     calls    errors syscall\n", " total\n",
			" encoder\n", " total\n", NULL });
	ck_assert_ptr_nonnull(strstr(run->out, "Hits: 0, Misses: 3, Evictions: 1\n"));
	ck_assert_ptr_null(strstr(run->out, "miss encoder"));
}
END_TEST

START_TEST(probes_in_a_shared_library)
{
	/* the same demo, with the shared library next to it */
	const char *program = scratch("demo");
	char folder[4096];
	ck_assert_ptr_nonnull(realpath(built("."), folder));
	struct run *cc = RUN("cc", "-o", program, "-Ibundle", "tests/loaders/bundle_demo.c", "-D_GNU_SOURCE",
		built("libpagedbundle.so"), "-Wl,-rpath", folder);
	code_is(cc, 0);
	bundle = scratch("demo.apbundle");
	struct traced t = TRACE(program, bundle);
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	ck_assert_int_eq(count_events(&t, "load"), 3);
}
END_TEST

/* As distributions compile: the tables come from the counters, whose address is next to the frame. */
START_TEST(probes_with_frame_pointers)
{
	const char *program = scratch("demo");
	const char *const argv[] = { "sh", "-c",
		"cc -O1 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -D_GNU_SOURCE -DVERSION=0 -I. -Ibundle "
		"-o \"$0\" tests/loaders/bundle_demo.c bundle/*/*.c -lzstd -luring -lpthread",
		program, NULL };
	struct run *cc =
		run_start(&(struct run_spec){ .argv = argv, .seconds = 150 }); /* the whole library */
	run_wait(cc);
	code_is(cc, 0);
	ck_assert_ptr_nonnull(strstr(RUN("readelf", "-n", program)->out, "8@%r9 8@16(%rbp)"));
	struct run *run = RUN(built("bundletrace"), "-c", "--", program, scratch("demo.apbundle"));
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "3    0      3       0         1") != NULL, "%s", run->err);
}
END_TEST

Suite *system_demo_suite(void)
{
	Suite *suite = suite_create("system_demo");
	TCase *tc = tcase_create("demo");
	tcase_set_timeout(tc, 200);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, timeline);
	tcase_add_test(tc, same_numbers_as_the_library);
	tcase_add_test(tc, text);
	if (!SANITIZED)
		tcase_add_test(tc, probes_in_a_shared_library);
	if (!SANITIZED)
		tcase_add_test(tc, probes_with_frame_pointers);
	suite_add_tcase(suite, tc);
	return suite;
}
