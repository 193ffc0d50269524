/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes read by another tool: every script of scripts/bpftrace and every line of the README, on a
 * real loader, compared with the loader's own counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"


/* As in the README; a loader that loads, reloads, evicts, and prefetches models that are used and
 * wasted. */
#define README_RUN " --pattern zipf --limit 1M"
#define SCRIPTS_RUN                                                                                          \
	" --models 24 --sizes 1K-200K --limit 300K --pattern hotcold --prefetch 3 --count 3000 --seed 7"

static const char *loader(const char *options)
{
	static char command[512];
	snprintf(command, sizeof(command), "%s%s", built("bundle_load"), options);
	return command;
}

/* A number from the loader's own output line. */
static long long own(const char *out, const char *name)
{
	char word[32];
	snprintf(word, sizeof(word), "%s ", name);
	const char *at = strstr(out, "gets ");
	at = at ? strstr(at, word) : NULL;
	ck_assert_msg(at != NULL, "the loader said no %s:\n%s", name, out);
	return atoll(at + strlen(word));
}

/* The sum of a map's values, whose lines are `@map: N` or `@map[...]: N`; with `key`, of those that begin
 * with it. */
static long long sum(const char *out, const char *map, const char *key)
{
	size_t len = strlen(map), key_len = key ? strlen(key) : 0;
	long long all = 0;
	for (const char *line = out; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line != '@' || strncmp(line + 1, map, len) != 0)
			continue;
		const char *at = line + 1 + len, *colon = strstr(line, ": ");
		if (!colon || (*at != ':' && *at != '[') ||
			(key && (*at != '[' || strncmp(at + 1, key, key_len) != 0)))
			continue;
		all += atoll(colon + 2);
	}
	return all;
}

/* The sum of a histogram's counts: `[2, 4)   130 |@@@`. */
static long long histogram(const char *out)
{
	long long all = 0;
	for (const char *line = out; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *end = line + strcspn(line, ")]\n");
		if (*line == '[' && *end != '\n' && *end)
			all += atoll(end + 1);
	}
	return all;
}

static const char *script(const char *name)
{
	char path[64];
	need_tracefs();
	snprintf(path, sizeof(path), "scripts/bpftrace/%s.bt", name);
	struct run *run = RUN("bpftrace", path, built("bundle_load"), "-c", loader(SCRIPTS_RUN));
	code_is(run, 0);
	return run->out;
}

static void same(const char *out, long long got, const char *name)
{
	long long want = own(out, name);
	ck_assert_msg(
		got == want && want > 0, "%lld of %s, the loader counted %lld:\n%s", got, name, want, out);
}

START_TEST(hit_ratio)
{
	const char *out = script("hit-ratio");
	same(out, sum(out, "hits", NULL), "hits");
	same(out, sum(out, "misses", NULL), "misses");
	ck_assert_int_eq(sum(out, "hit_percent", NULL), own(out, "hits") * 100 / own(out, "gets"));
	ck_assert_msg(strstr(out, ".apbundle\n") != NULL, "%s", out);
}
END_TEST

START_TEST(misses)
{
	const char *out = script("misses");
	same(out, sum(out, "misses", NULL), "misses");
}
END_TEST

START_TEST(evictions)
{
	const char *out = script("evictions");
	same(out, sum(out, "evictions", "pressure, m"), "evictions");
	ck_assert_int_gt(sum(out, "evictions", "close, m"), 0);
}
END_TEST

START_TEST(load_latency)
{
	const char *out = script("load-latency");
	same(out, sum(out, "loads", "miss"), "misses");
	same(out, sum(out, "loads", "prefetch by history"), "prefetches");
	ck_assert_int_eq(histogram(out), own(out, "misses") + own(out, "prefetches"));
}
END_TEST

START_TEST(reloads)
{
	const char *out = script("reloads");
	same(out, sum(out, "reloads", NULL), "reloads");
}
END_TEST

START_TEST(prefetch)
{
	const char *out = script("prefetch");
	same(out, sum(out, "prefetched", NULL), "prefetches");
	same(out, sum(out, "used", NULL), "used");
	same(out, sum(out, "wasted", NULL), "wasted");
}
END_TEST

START_TEST(who_evicts_whom)
{
	const char *out = script("who-evicts-whom");
	same(out, sum(out, "", NULL), "evictions");
}
END_TEST

START_TEST(loads_with_reads)
{
	const char *out = script("loads-with-reads");
	same(out, sum(out, "read_bytes", NULL), "bytes_loaded");
	ck_assert_int_eq(sum(out, "loads", NULL), own(out, "misses") + own(out, "prefetches"));
	ck_assert_int_ge(sum(out, "reads", NULL), sum(out, "loads", NULL));
}
END_TEST

START_TEST(top_models)
{
	const char *out = script("top-models");
	same(out, sum(out, "total", NULL), "bytes_loaded");
	ck_assert_int_lt(sum(out, "bytes", NULL), sum(out, "total", NULL));
}
END_TEST

/* Runs the nth line of the README that calls bpftrace, in a shell with its variables. */
static const char *readme_line(int n)
{
	static char command[2048];
	size_t len;
	const char *at = file_text("README.md", &len);
	need_tracefs();
	for (int i = 0; at && i <= n; i++)
		at = strstr(at + 1, "\n    bpftrace -e ");
	ck_assert_msg(at != NULL, "the README has no such line %d", n);
	snprintf(command, sizeof(command), "P=%s; RUN=\"$P" README_RUN "\"; %.*s", built("bundle_load"),
		(int)strcspn(at + 1, "\n"), at + 1);
	struct run *run = RUN("sh", "-c", command);
	code_is(run, 0);
	return run->out;
}

START_TEST(readme)
{
	static const struct {
		const char *key, *name;
	} lines[] = {
		{ NULL, NULL },
		{ NULL, "misses" },
		{ "0]", "evictions" },
		{ NULL, NULL },
		{ "m", "reloads" },
		{ "0]", "misses" },
	};
	const char *out = readme_line(_i);
	if (lines[_i].name)
		same(out, sum(out, "", lines[_i].key), lines[_i].name);
	else if (_i == 0)
		ck_assert_int_eq(sum(out, "", NULL), own(out, "hits") * 100 / own(out, "gets"));
	else
		same(out, histogram(out), "misses");
}
END_TEST

/* As in docs/usdt.md: the output of perf script has a line for each probe that fired. */
START_TEST(perf)
{
	static const struct {
		const char *event, *names[2]; /* of the loader's counts; their sum is expected */
	} events[] = { { "sdt_pagedbundle:hit:", { "hits", NULL } },
		{ "sdt_pagedbundle:miss:", { "misses", NULL } },
		{ "sdt_pagedbundle:load:", { "misses", "prefetches" } },
		{ "sdt_pagedbundle:prefetch:", { "prefetches", NULL } } };
	char script[2048];
	if (run_code(RUN("sh", "-c", "perf version")) != 0)
		return; /* perf is not on this machine */
	need_tracefs();
	snprintf(script, sizeof(script),
		"P=$(realpath %s); D='--buildid-dir %s'; trap \"perf probe -q -d 'sdt_pagedbundle:*'\" EXIT; "
		"perf $D buildid-cache --add $P && "
		"for probe in open hit miss load evict prefetch error close; do "
		"perf $D probe -q sdt_pagedbundle:$probe || exit 1; done; "
		"perf record -q -o %s -e 'sdt_pagedbundle:*' -- %s && perf script -i %s 2> "
		"/dev/null",
		built("bundle_load"), scratch("buildids"), scratch("perf.data"), loader(SCRIPTS_RUN),
		scratch("perf.data"));
	struct run *run = RUN("sh", "-c", script);
	code_is(run, 0);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		long long fired = 0, want = 0;
		for (const char *at = run->out; (at = strstr(at, events[i].event)); at++)
			fired++;
		for (int n = 0; n < 2 && events[i].names[n]; n++)
			want += own(run->out, events[i].names[n]);
		ck_assert_msg(fired == want && want > 0, "%s %lld, the loader counted %lld", events[i].event,
			fired, want);
	}
}
END_TEST

Suite *system_bpftrace_suite(void)
{
	Suite *suite = suite_create("system_bpftrace");
	TCase *tests = tcase_create("bpftrace");
	tcase_add_checked_fixture(tests, NULL, traced_end);
	tcase_add_unchecked_fixture(tests, NULL, harness_clean);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, hit_ratio);
	suite_add_tcase(suite, tests);
	if (SANITIZED) /* the rest are other people's programs at the same probes */
		return suite;
	tcase_add_test(tests, misses);
	tcase_add_test(tests, evictions);
	tcase_add_test(tests, load_latency);
	tcase_add_test(tests, reloads);
	tcase_add_test(tests, prefetch);
	tcase_add_test(tests, who_evicts_whom);
	tcase_add_test(tests, loads_with_reads);
	tcase_add_test(tests, top_models);
	tcase_add_loop_test(tests, readme, 0, 6);
	tcase_add_test(tests, perf);
	return suite;
}
