/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access scripts and their expected output. Those marked quirk_free were recorded from another
 * implementation of the format; where that has faults of its own, tests/fixtures/scripts-coherent pins our
 * rule.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/bundlectl/access_script.h"
#include "bundle_help.h"

static struct text replay(const char *name)
{
	struct text out = { 0 };
	FILE *script = fopen(fixture("scripts/%s.script", name), "re");
	ck_assert_msg(script != NULL, "%s", name);
	ck_assert_int_eq(access_script_run(script, name, fixture("."), &out, NULL), EXIT_SUCCESS);
	ck_assert(!out.failed);
	fclose(script);
	return out;
}

/* Number of the first line that differs, from 1; 0: none. */
static int first_difference(const struct text *got, const char *want, size_t size)
{
	int line = 1;
	for (size_t i = 0; i < got->len && i < size; i++) {
		if (got->data[i] != want[i])
			return line;
		line += want[i] == '\n';
	}
	return got->len == size ? 0 : line;
}

static void check_lines(const char *name, const char *expected)
{
	size_t size;
	char *want = slurp(expected, &size);
	struct text got = replay(name);
	int line = first_difference(&got, want, size);
	ck_assert_msg(line == 0 && size > 0, "%s: line %d differs", name, line);
	text_free(&got);
	free(want);
}

START_TEST(recorded_scripts)
{
	cJSON *index = json_file(fixture("scripts.json"));
	const cJSON *script;
	int recorded = 0, own = 0;
	cJSON_ArrayForEach(script, index)
	{
		const char *name = json_text(script, "script");
		if (cJSON_IsTrue(cJSON_GetObjectItem(script, "quirk_free"))) {
			check_lines(name, fixture("scripts/%s.expected.jsonl", name));
			recorded++;
		} else {
			check_lines(name, fixture("scripts-coherent/%s.expected.jsonl", name));
			own++;
		}
	}
	ck_assert_int_ge(recorded, 45);
	ck_assert_int_ge(own, 7);
	cJSON_Delete(index);
}
END_TEST

/* The sums within one line: invariants of any coherent cache. `*uncounted`: misses and prefetches up to
 * here that are not in memory and are not counted as evictions. */
static void check_line(const char *name, const cJSON *line, uint64_t limit, uint64_t *uncounted)
{
	uint64_t used = json_number(line, "memory_used"), count = json_number(line, "cached_count");
	uint64_t misses = json_number(line, "misses"), prefetches = json_number(line, "prefetches");
	const cJSON *cached = cJSON_GetObjectItem(line, "cached");
	ck_assert_uint_eq(count, (uint64_t)cJSON_GetArraySize(cached));
	ck_assert_msg(used <= limit || count <= 1, "%s: %llu bytes over a limit of %llu", name,
		(unsigned long long)used, (unsigned long long)limit);
	/* a model that was loaded and not evicted is in memory; only clear removes without counting */
	if (strcmp(json_text(line, "op"), "clear") == 0) {
		ck_assert_uint_eq(count, 0);
		*uncounted = misses + prefetches - json_number(line, "evictions");
	}
	ck_assert_uint_eq(count, misses + prefetches - json_number(line, "evictions") - *uncounted);
}

/* In scripts where the other implementation exceeds the memory limit, ours does not. */
START_TEST(coherent_scripts_keep_their_limits)
{
	cJSON *index = json_file(fixture("scripts.json"));
	const cJSON *script;
	int lines = 0;
	cJSON_ArrayForEach(script, index)
	{
		const char *name = json_text(script, "script");
		if (cJSON_IsTrue(cJSON_GetObjectItem(script, "quirk_free")))
			continue;
		struct text got = replay(name);
		text_char(&got, '\0');
		uint64_t uncounted = 0;
		char *save;
		for (char *text = strtok_r(got.data, "\n", &save); text; text = strtok_r(NULL, "\n", &save)) {
			cJSON *line = cJSON_Parse(text);
			ck_assert_msg(line != NULL, "%s", text);
			ck_assert_msg(
				cJSON_IsTrue(cJSON_GetObjectItem(line, "ok")) || strstr(text, "not found"),
				"%s", text);
			if (strstr(text, "not found"))
				uncounted++; /* a miss that loaded nothing */
			check_line(name, line, json_number(script, "max_memory"), &uncounted);
			cJSON_Delete(line);
			lines++;
		}
		text_free(&got);
	}
	ck_assert_int_gt(lines, 300);
	cJSON_Delete(index);
}
END_TEST

static int replay_text(const char *text, struct text *out)
{
	FILE *script = fmemopen((char *)text, strlen(text), "r");
	ck_assert_ptr_nonnull(script);
	FILE *errors = freopen("/dev/null", "w", stderr);
	ck_assert_ptr_nonnull(errors);
	int status = access_script_run(script, "text", fixture("."), out, NULL);
	fclose(script);
	text_char(out, '\0');
	return status;
}

START_TEST(bad_lines_are_refused)
{
	static const char *const bad[] = { "get a\n", "open\n", "open x max_memory=-1\n",
		"open x max_memory=1x\n", "open x eviction=MRU\n", "open x colour=1\n",
		"open bundles/demo3.apbundle\nget\n", "open bundles/demo3.apbundle\nget a b\n",
		"open bundles/demo3.apbundle\nclear x\n", "open bundles/demo3.apbundle\nget a%0\n",
		"open bundles/demo3.apbundle\nget %00\n", "fly away\n" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct text out = { 0 };
		ck_assert_msg(replay_text(bad[i], &out) == EXIT_FAILURE, "%s", bad[i]);
		text_free(&out);
	}
}
END_TEST

START_TEST(names_and_meta)
{
	struct text out = { 0 };
	ck_assert_int_eq(
		replay_text("# a comment\n\nopen bundles/demo3.apbundle\nnames\nmeta decoder\nmeta none\n"
			    "open missing.apbundle\n",
			&out),
		EXIT_SUCCESS);
	ck_assert_ptr_nonnull(strstr(out.data, "\"names\":[\"encoder\",\"decoder\",\"classifier\"]"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "\"name\":\"decoder\",\"ok\":true,\"size\":500,\"offset\":500"));
	ck_assert_ptr_nonnull(strstr(out.data, "{\"op\":\"meta\",\"name\":\"none\",\"ok\":false,"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "{\"op\":\"open\",\"name\":\"missing.apbundle\",\"ok\":false,"));
	text_free(&out);
}
END_TEST

START_TEST(policies)
{
	static const char *const names[] = { "LRU", "LFU", "LFU-DA", "CLOCK", "SIEVE", "S3-FIFO", "ARC",
		"GDSF", "AUTO" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct text out = { 0 };
		char script[128], want[64];
		snprintf(script, sizeof(script), "open bundles/demo3.apbundle eviction=%s\nget encoder\n",
			names[i]);
		snprintf(want, sizeof(want), "\"eviction\":\"%s\"", names[i]);
		ck_assert_int_eq(replay_text(script, &out), EXIT_SUCCESS);
		ck_assert_msg(strstr(out.data, want) != NULL, "%s: %s", names[i], out.data);
		text_free(&out);
	}
}
END_TEST

Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *tc = tcase_create("replay");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, recorded_scripts);
	tcase_add_test(tc, coherent_scripts_keep_their_limits);
	tcase_add_test(tc, bad_lines_are_refused);
	tcase_add_test(tc, names_and_meta);
	tcase_add_test(tc, policies);
	suite_add_tcase(suite, tc);
	return suite;
}
