/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of -c without a trap for each hit: the library's own counters, read while its process
 * lives, and when its memory is freed. They are compared with the loader's own counts. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "semaphores.h"
#include "traced.h"

/* A column of the first table in CSV that begins with `kind,name,`, summed over all such rows. */
static long long column(const char *csv, const char *kind, const char *name, const char *title)
{
	char start[64];
	long long sum = 0;
	unsigned at = 0, lines = 0;
	const char *found = strstr(csv, title);
	ck_assert_msg(found != NULL && found < strchr(csv, '\n'), "no column %s:\n%s", title, csv);
	for (const char *c = csv; c < found; c++)
		at += *c == ',';
	snprintf(start, sizeof(start), "%s,%s", kind, name);
	for (const char *line = csv; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, start, strlen(start)) != 0)
			continue;
		const char *cell = line;
		for (unsigned i = 0; i < at; i++)
			cell = strchr(cell, ',') + 1;
		sum += strtoll(cell, NULL, 10);
		lines++;
	}
	ck_assert_msg(lines > 0, "no line %s:\n%s", start, csv);
	return sum;
}

enum { TRIES = 5 };

/* bundletrace -c of tests/targets/inherit on a bundle of its own: the tables as CSV. */
static const char *inherit(const char *steps)
{
	static char create[256];
	const char *bundle = scratch("m.apbundle"), *data = scratch("m.bin"), *out = scratch("out.csv");
	size_t len;
	write_file(data, "some bytes of a model", 0644);
	snprintf(create, sizeof(create), "m=%s", data);
	code_is(RUN(built("bundlectl"), "create", bundle, create), 0);
	struct run *run = NULL;
	/* a page that the kernel moves at that moment cannot be read, which is told */
	for (int i = 0; i < TRIES && (!run || strstr(run->err, "could not be read")); i++)
		run = RUN(built("bundletrace"), "-f", "-c", "-e", "trace=none", "--format", "csv", "-o", out,
			"--", built("tests/targets/inherit"), bundle, steps);
	ck_assert_msg(!strstr(run->err, "lost"), "%s", run->err);
	return file_text(out, &len);
}

static const struct {
	const char *steps;
	int hits, misses;
} ways[] = {
	{ "o5c", 4, 1 },           /* closed */
	{ "o5", 4, 1 },            /* not closed */
	{ "o5k", 4, 1 },           /* killed */
	{ "o5xo2", 5, 2 },         /* executes itself with the bundle open */
	{ "o5f3", 7, 1 },          /* the child's own counts are included, and the inherited ones once */
	{ "o5f3k", 7, 1 },         /* the child is killed */
	{ "o5f0xo9", 12, 2 },      /* the child executes itself */
	{ "o1o9c", 8, 2 },         /* two bundles, one closed */
	{ "o2co3co4f1co2", 8, 4 }, /* opened again and again */
	{ "o1tc", 4000, 1 },       /* threads, closed */
	{ "o1t", 4000, 1 },        /* not closed */
	{ "o1tf2t", 8002, 1 },     /* the child's threads continue to count */
};

START_TEST(every_end_is_counted)
{
	const char *csv = inherit(ways[_i].steps);
	ck_assert_msg(column(csv, "model", "m,", "hits") == ways[_i].hits &&
			      column(csv, "model", "m,", "misses") == ways[_i].misses,
		"%s: not %d hits, %d misses:\n%s", ways[_i].steps, ways[_i].hits, ways[_i].misses, csv);
}
END_TEST

/* Which field of the loader's JSON corresponds to a column of the bundle's row. */
static const char *const same[][2] = {
	{ "gets", "gets" },
	{ "hits", "hits" },
	{ "misses", "misses" },
	{ "reloads", "reloads" },
	{ "evictions", "evictions" },
	{ "prefetched", "prefetches" },
	{ "used", "used" },
	{ "bytes_loaded", "bytes_loaded" },
};

static void equals_own(const char *csv, const char *said)
{
	cJSON *own = cJSON_Parse(said);
	ck_assert_msg(own != NULL, "the loader printed no JSON: %s", said);
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		ck_assert_msg(column(csv, "bundle", ",", same[i][0]) == num(own, same[i][1]),
			"%s: %lld in the loader:\n%s", same[i][1], (long long)num(own, same[i][1]), csv);
	cJSON_Delete(own);
}

static const char *const patterns[] = { "zipf", "cyclic", "pairs", "hotcold" };

START_TEST(tables_equal_the_loaders_own)
{
	size_t len;
	const char *out = scratch("out.csv");
	struct run *run = RUN(built("bundletrace"), "-c", "--format", "csv", "-o", out, "--",
		built("bundle_load"), "--models", "40", "--size", "4K", "--limit", "64K", "--pattern",
		patterns[_i], "--count", "20000", "--json");
	code_is(run, 0);
	equals_own(file_text(out, &len), run->out);
}
END_TEST

/* Started by a program that does not name it, so that its probes are attached late: the counts are still
 * complete. */
START_TEST(late_probes_miss_no_count)
{
	char script[512];
	size_t len;
	const char *path = scratch("loader.sh"), *out = scratch("out.csv");
	snprintf(script, sizeof(script),
		"#!/bin/sh\nP=%s\nexec ${P}_load --models 16 --size 4K --limit 32K --pattern zipf --duration 1 --json\n",
		built("bundle"));
	write_file(path, script, 0755);
	struct run *run =
		RUN(built("bundletrace"), "-c", "-e", "trace=none", "--format", "csv", "-o", out, "--", path);
	code_is(run, 0);
	equals_own(file_text(out, &len), run->out);
}
END_TEST

static struct run *running_loader(void)
{
	const char *const argv[] = { built("bundle_load"), "--models", "16", "--size", "4K", "--limit", "32K",
		"--pattern", "zipf", "--duration", "100", "--report", "0.1", "--json", NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv });
	run_await(run, "\n");
	return run;
}

static int lines_said(struct run *run)
{
	int lines = 0;
	for (const char *at = run_said(run); (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

/* Waits until the loader has worked for another second. */
static void a_second_more(struct run *loader)
{
	int before = lines_said(loader);
	for (int i = 0; lines_said(loader) < before + 10; i++, usleep(20000))
		ck_assert_int_lt(i, 1000);
}

/* Attached to a running loader, twice: each trace counts its own time only, and together not more than
 * the total. Then to its end, from where on nothing is missing. */
START_TEST(attached_counts_are_of_its_time)
{
	size_t len;
	char pid[16];
	const char *first = scratch("1.csv"), *second = scratch("2.csv");
	struct run *loader = running_loader();
	snprintf(pid, sizeof(pid), "%d", loader->pid);
	code_is(RUN(built("bundletrace"), "-c", "-e", "trace=none", "--format", "csv", "-o", first, "-d", "1",
			"-p", pid),
		0);
	const char *const argv[] = { built("bundletrace"), "-c", "-e", "trace=none", "--format", "csv", "-o",
		second, "-p", pid, NULL };
	struct run *tracer = run_start(&(struct run_spec){ .argv = argv });
	ck_assert(semaphores_become(loader->pid, built("bundle_load"), 1, 1));
	a_second_more(loader);
	kill(loader->pid, SIGINT);
	run_wait(loader);
	run_wait(tracer);
	code_is(tracer, 0);
	cJSON *own = cJSON_Parse(strchr(loader->out, '{'));
	long long all = num(own, "hits");
	cJSON_Delete(own);
	long long a = column(file_text(first, &len), "bundle", ",", "hits");
	long long b = column(file_text(second, &len), "bundle", ",", "hits");
	ck_assert_int_gt(a, 1000);
	ck_assert_int_gt(b, 1000);
	ck_assert_msg(a + b < all, "%lld + %lld of %lld", a, b, all);
}
END_TEST

Suite *system_live_suite(void)
{
	Suite *suite = suite_create("system_live");
	TCase *tests = tcase_create("live");
	tcase_add_checked_fixture(tests, NULL, traced_end);
	tcase_add_unchecked_fixture(tests, NULL, harness_clean);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, every_end_is_counted, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_loop_test(tests, tables_equal_the_loaders_own, 0, sizeof(patterns) / sizeof(*patterns));
	tcase_add_test(tests, late_probes_miss_no_count);
	tcase_add_test(tests, attached_counts_are_of_its_time);
	suite_add_tcase(suite, tests);
	return suite;
}
