/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl and the demo loaders, as programs. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/packing/percent.h"
#include "bundle_help.h"

#define RUN(status, ...) run_built((status), __VA_ARGS__, (char *)NULL)

static char *named(const char *name, const char *path)
{
	static char buffers[4][8192];
	static unsigned int next;
	char *buffer = buffers[next++ % 4];
	snprintf(buffer, sizeof(buffers[0]), "%s=%s", name, path);
	return buffer;
}

START_TEST(create_list_verify_extract)
{
	static char large[3 << 20];
	memset(large, 'x', sizeof(large));
	spill(scratch_file("one"), "1111", 4);
	spill(scratch_file("two"), large, sizeof(large));
	const char *out = scratch_file("out.apbundle"), *back = scratch_file("back");
	WANT(0, "", "bundlectl", "create", "--created-at", "1700000000", "-d", "a\tb", out,
		named("one", scratch_file("one")), named("two", scratch_file("two")));
	WANT(0, "2 models, 3145732 bytes; made 2023-11-14T22:13:20Z", "bundlectl", "list", out);
	WANT(0, "description: a\\tb", "bundlectl", "list", out);
	WANT(0, "whole: 2 models", "bundlectl", "verify", out);
	WANT(0, "dbf9c8f7            4 one", "bundlectl", "verify", "-v", out);
	WANT(0, "", "bundlectl", "extract", out, "two", "-o", back);
	ck_assert(same_file(back, scratch_file("two")));
	WANT(0, "1111", "bundlectl", "extract", out, "one", "-o", "-");
	WANT(1, "no such model", "bundlectl", "extract", out, "three", "-o", "-");
	WANT(0, "", "bundlectl", "extract", out, "--all", scratch_file("all"));
	ck_assert(same_file(scratch_file("all/two"), scratch_file("two")));
	WANT(1, "--force", "bundlectl", "extract", out, "--all", scratch_file("all"));
	WANT(0, "", "bundlectl", "extract", "--force", out, "--all", scratch_file("all"));
}
END_TEST

START_TEST(list_is_json)
{
	int status;
	char *text = RUN(&status, "bundlectl", "list", "--json", fixture("bundles/unicode.apbundle"));
	ck_assert_int_eq(status, 0);
	cJSON *json = cJSON_Parse(text);
	ck_assert_ptr_nonnull(json);
	ck_assert_str_eq(json_text(json, "schema"), "bundlectl-list/1");
	const cJSON *models = cJSON_GetObjectItem(json, "models");
	ck_assert_int_eq(cJSON_GetArraySize(models), 12);
	ck_assert_str_eq(json_text(cJSON_GetArrayItem(models, 11), "name"), "tab\tnl\n");
	ck_assert_uint_eq(json_number(cJSON_GetArrayItem(models, 0), "offset"), 349);
	cJSON_Delete(json);
	free(text);
}
END_TEST

START_TEST(create_refuses)
{
	const char *out = scratch_file("out.apbundle");
	spill(scratch_file("one"), "1111", 4);
	char *input = named("one", scratch_file("one"));
	WANT(2, "not NAME=FILE", "bundlectl", "create", out, scratch_file("one"));
	WANT(1, "No such file", "bundlectl", "create", out, named("x", scratch_file("missing")));
	WANT(1, "not a regular file", "bundlectl", "create", out, "x=/dev/zero");
	WANT(1, "two models are called 'one'", "bundlectl", "create", out, input, input);
	WANT(2, "not a number", "bundlectl", "create", "--created-at", "-5", out, input);
	WANT(2, "no output", "bundlectl", "create");
	ck_assert_int_ne(access(out, F_OK), 0);
}
END_TEST

START_TEST(verify_finds_damage)
{
	WANT(1, "lies outside the file", "bundlectl", "verify", fixture("corrupt/model_past_eof.apbundle"));
	WANT(1, "lies outside the file", "bundlectl", "verify", fixture("corrupt/model_size_max.apbundle"));
	WANT(1, "overlaps another", "bundlectl", "verify", fixture("corrupt/overlap.apbundle"));
	WANT(1, "not a bundle", "bundlectl", "verify", fixture("corrupt/magic_bad.apbundle"));
	WANT(1, "truncated", "bundlectl", "verify", fixture("corrupt/file_19_bytes.apbundle"));
	WANT(0, "whole", "bundlectl", "verify", fixture("corrupt/offset_gap.apbundle"));
	WANT(0, "whole", "bundlectl", "verify", fixture("corrupt/model_zero_past_eof.apbundle"));
}
END_TEST

/* Names that try to escape from the folder, and to send control characters to the terminal. */
START_TEST(extract_stays_in_its_folder)
{
	static const char *const names[] = { "../escaped", "/tmp/escaped", "..", ".", "", "a/b",
		"\033[31mred", "%2e" };
	struct pb_bundle *bundle = pb_bundle_new();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_int_eq(pb_bundle_add(bundle, names[i], "x", 1), PB_OK);
	const char *path = scratch_file("hostile.apbundle");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	ck_assert_int_eq(mkdir(scratch_file("in"), 0777), 0);
	WANT(0, "", "bundlectl", "extract", path, "--all", scratch_file("in/all"));
	ck_assert_int_eq(access(scratch_file("in/all/%%2E./escaped"), F_OK), -1);
	ck_assert_int_eq(access(scratch_file("in/all/%%2E.%%2Fescaped"), F_OK), 0);
	ck_assert_int_eq(access(scratch_file("in/escaped"), F_OK), -1);
	ck_assert_int_eq(access("/tmp/escaped", F_OK), -1);
	ck_assert_int_eq(access(scratch_file("in/all/%%2Ftmp%%2Fescaped"), F_OK), 0);
	ck_assert_int_eq(access(scratch_file("in/all/a/b"), F_OK), 0);
	ck_assert_int_eq(access(scratch_file("in/all/%%"), F_OK), 0);
	ck_assert_int_eq(access(scratch_file("in/all/%%1B[31mred"), F_OK), 0);
	ck_assert_int_eq(access(scratch_file("in/all/%%252e"), F_OK), 0);
	WANT(0, "\\33[31mred", "bundlectl", "list", path);
	int status;
	char *list = RUN(&status, "bundlectl", "list", path);
	ck_assert_ptr_null(strchr(list, '\033'));
	free(list);
	/* not through a link either */
	ck_assert_int_eq(mkdir(scratch_file("links"), 0777), 0);
	ck_assert_int_eq(symlink("../victim", scratch_file("links/%%252e")), 0);
	ck_assert_int_eq(symlink("..", scratch_file("links/a")), 0);
	spill(scratch_file("victim"), "precious", 8);
	WANT(1, "File exists", "bundlectl", "extract", path, "--all", scratch_file("links"));
	WANT(1, "a/b: Not a directory", "bundlectl", "extract", path, "-f", "--all", scratch_file("links"));
	WANT(1, "%252e: is there, and not a regular file", "bundlectl", "extract", path, "-f", "--all",
		scratch_file("links"));
	ck_assert_int_eq(access(scratch_file("b"), F_OK), -1);
	char *victim = slurp(scratch_file("victim"), NULL);
	ck_assert_str_eq(victim, "precious");
	free(victim);
}
END_TEST

START_TEST(percent_both_ways)
{
	char good[] = "a%20b%C3%a9", cut[] = "a%2", zero[] = "%00", word[] = "%zz";
	ck_assert(percent_decode(good));
	ck_assert_str_eq(good, "a b\xc3\xa9");
	ck_assert(!percent_decode(cut) && !percent_decode(zero) && !percent_decode(word));
	struct text t = { 0 };
	percent_file_name(&t, "..\n/x.y", 7);
	ck_assert_uint_eq(t.len, 13);
	ck_assert_mem_eq(t.data, "%2E.%0A%2Fx.y", 13);
	text_free(&t);
}
END_TEST

START_TEST(replay_prints_the_lines)
{
	int status;
	size_t size;
	char *got =
		RUN(&status, "bundlectl", "replay", "-C", fixture("."), fixture("scripts/lru_demo3.script"));
	char *want = slurp(fixture("scripts/lru_demo3.expected.jsonl"), &size);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	WANT(1, "No such file", "bundlectl", "replay", scratch_file("missing"));
	spill(scratch_file("bad"), "get x\n", 6);
	WANT(1, ":1: no bundle is open", "bundlectl", "replay", scratch_file("bad"));
}
END_TEST

START_TEST(commands_and_help)
{
	WANT(2, "did you mean verify?", "bundlectl", "verfiy");
	WANT(2, "no such command", "bundlectl", "something");
	WANT(2, "no command", "bundlectl");
	WANT(0, "replay", "bundlectl", "--help");
	WANT(0, VERSION, "bundlectl", "--version");
	static const char *const all[] = { "create", "import", "convert", "list", "verify", "extract",
		"export", "replay" };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		WANT(0, "Usage: bundlectl ", "bundlectl", all[i], "--help");
		WANT(2, "unrecognized option", "bundlectl", all[i], "--colour");
		WANT(2, "given", "bundlectl", all[i]);
	}
}
END_TEST

START_TEST(demo_says_what_it_does)
{
	const char *path = scratch_file("demo.apbundle");
	WANT(0, "Hits: 0, Misses: 3, Evictions: 1\nHit rate: 0.0%\n", "bundle_demo", path);
	ck_assert_int_ne(access(path, F_OK), 0);
	WANT(0, "Got classifier: 300 bytes; 1 evicted", "bundle_demo", "--keep", path);
	WANT(0, "3 models, 1300 bytes", "bundlectl", "list", path);
	WANT(1, "missing", "bundle_demo", scratch_file("missing/demo"));
}
END_TEST

START_TEST(load_is_deterministic)
{
	static const char *const patterns[] = { "sequential", "cyclic", "zipf", "hotcold", "pairs" };
	for (size_t i = 0; i < 5; i++) {
		uint64_t hits[2], loaded[2];
		for (int run = 0; run < 2; run++) {
			int status;
			char *text = RUN(&status, "bundle_load", "--pattern", patterns[i], "--models", "40",
				"--sizes", "100-9K", "--limit", "60K", "--count", "2000", "--seed", "5",
				"--touch", "--json", "--read", run ? "seek" : "pread", "--file",
				scratch_file("load.apbundle"));
			cJSON *json = cJSON_Parse(text);
			ck_assert_msg(status == 0 && json, "%s", text);
			hits[run] = json_number(json, "hits");
			loaded[run] = json_number(json, "bytes_loaded");
			ck_assert_uint_eq(hits[run] + json_number(json, "misses"), 2000);
			ck_assert_uint_gt(loaded[run], 0);
			cJSON_Delete(json);
			free(text);
		}
		ck_assert_msg(
			hits[0] == hits[1] && loaded[0] == loaded[1], "%s differs between runs", patterns[i]);
	}
	ck_assert_int_ne(access(scratch_file("load.apbundle"), F_OK), 0);
	WANT(2, "fifo: no such policy", "bundle_load", "--policy", "fifo");
	WANT(0, "policy_changes 1", "bundle_load", "--policy", "auto", "--prefetch", "off", "--size", "1K",
		"--limit", "48K", "--count", "5000", "--file", scratch_file("load.apbundle"));
}
END_TEST

Suite *bundlectl_suite(void)
{
	Suite *suite = suite_create("bundlectl");
	TCase *tc = tcase_create("bundlectl");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, create_list_verify_extract);
	tcase_add_test(tc, list_is_json);
	tcase_add_test(tc, create_refuses);
	tcase_add_test(tc, verify_finds_damage);
	tcase_add_test(tc, extract_stays_in_its_folder);
	tcase_add_test(tc, percent_both_ways);
	tcase_add_test(tc, replay_prints_the_lines);
	tcase_add_test(tc, commands_and_help);
	tcase_add_test(tc, demo_says_what_it_does);
	tcase_add_test(tc, load_is_deterministic);
	suite_add_tcase(suite, tc);
	return suite;
}
