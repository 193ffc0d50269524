/* SPDX-License-Identifier: BSD-2-Clause */
/* Models in several files as bundles: imported from any of them, and made again byte for byte; or refused with the reason. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"
#include "model_files.h"

static struct text made;

static void clean(void)
{
	text_free(&made);
	scratch_remove();
}

static void keep(const char *name)
{
	ck_assert(!made.failed);
	spill(scratch_file("%s", name), made.data, made.len);
	text_free(&made);
}

static const struct index_entry entries[] = { { "m-00001-of-00003.safetensors", 3 },
	{ "m-00002-of-00003.safetensors", 1 }, { "m-00003-of-00003.safetensors", 4 } };

static void put_shard(unsigned i, unsigned first, unsigned tensors)
{
	size_t data = put_safetensors_shard(&made, first, tensors);
	for (size_t at = data; at < made.len; at++)
		made.data[at] = (char)(at * 7 + i);
	keep(entries[i].file);
}

/* Tensors blk.0 to blk.7. */
static void make_safetensors(void)
{
	put_index(&made, entries, 3);
	keep("m.safetensors.index.json");
	put_shard(0, 0, 3);
	put_shard(1, 3, 1);
	put_shard(2, 4, 4);
}

static void put_split(unsigned i, unsigned no, int of_all, unsigned first, unsigned tensors)
{
	char name[64];
	snprintf(name, sizeof(name), "m-%05u-of-00003.gguf", i + 1);
	put_gguf_split(&made, no, 3, of_all, first, tensors);
	keep(name);
}

/* The first file has no tensors, only metadata. */
static void make_gguf(void)
{
	put_split(0, 0, 5, 0, 0);
	put_split(1, 1, 5, 0, 2);
	put_split(2, 2, 5, 2, 3);
}

static void comes_back(const char *from, const char *format)
{
	static const char *const ways[] = { "", "--layers", "--compress", "--layers --compress --dedup" };
	char script[1024];
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		snprintf(script, sizeof(script),
			"rm -rf k out; $B import %s k %s && $B verify k && $B export --format %s k out && "
			"for f in m*; do cmp $f out/$f || exit 1; done; test $(ls out | wc -l) = $(ls m* | wc -l)",
			ways[i], from, format);
		SHELL(0, "whole", script);
	}
}

static void is_refused(const char *from, const char *why)
{
	char script[512];
	snprintf(script, sizeof(script), "rm -rf k; $B import k %s", from);
	SHELL(1, why, script);
	ck_assert_int_ne(access(scratch_file("k"), F_OK), 0);
}

START_TEST(safetensors_from_any_of_its_files)
{
	make_safetensors();
	comes_back("m-00001-of-00003.safetensors", "safetensors");
	comes_back("m-00003-of-00003.safetensors", "safetensors");
	comes_back("m.safetensors.index.json", "safetensors");
	SHELL(0, "blk.7.weight\n", "$B import k m-00002-of-00003.safetensors && $B list k");
	SHELL(0, "\"import.shards\":\"3\"", "$B list --json k");
}
END_TEST

START_TEST(gguf_from_any_of_its_files)
{
	make_gguf();
	comes_back("m-00001-of-00003.gguf", "gguf");
	comes_back("m-00003-of-00003.gguf", "gguf");
}
END_TEST

/* The second file's tensor belongs to the layer that begins in the first. */
START_TEST(a_layer_in_two_files)
{
	make_safetensors();
	for (unsigned i = 0; i < 2; i++) {
		char json[512];
		snprintf(json, sizeof(json),
			"{\"h.0.%c\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
			'a' + (char)i);
		put_safetensors_json(&made, json);
		text_str(&made, i ? "wxyz" : "abcd");
		keep(i ? "n-2" : "n-1");
	}
	text_str(&made, "{\"weight_map\":{\"h.0.a\":\"n-1\",\"h.0.b\":\"n-2\"}}");
	keep("n.index.json");
	SHELL(0, "abcdwxyz", "$B import --layers k n-2 && $B extract k h.0 -o -");
}
END_TEST

START_TEST(one_file_alone)
{
	make_safetensors();
	SHELL(0, "whole",
		"$B import --alone k m-00002-of-00003.safetensors && $B verify k && $B export k o.safetensors && "
		"cmp o.safetensors m-00002-of-00003.safetensors");
}
END_TEST

START_TEST(files_that_are_missing)
{
	make_safetensors();
	ck_assert_int_eq(unlink(scratch_file("%s", entries[1].file)), 0);
	is_refused(entries[0].file, "m-00002-of-00003.safetensors: No such file or directory");
	is_refused(entries[0].file,
		"the model is in 3 files, and this is one of them (--alone imports a single file)");
	ck_assert_int_eq(mkdir(scratch_file("%s", entries[1].file), 0700), 0);
	is_refused(entries[0].file, "m-00002-of-00003.safetensors: not imported: not a regular file");
	make_gguf();
	ck_assert_int_eq(unlink(scratch_file("m-00003-of-00003.gguf")), 0);
	is_refused("m-00001-of-00003.gguf", "m-00003-of-00003.gguf: No such file or directory");
	ck_assert_int_eq(rename(scratch_file("m-00002-of-00003.gguf"), scratch_file("second.gguf")), 0);
	is_refused("second.gguf",
		"second.gguf: not imported: one of several files of its model: its name does not end");
	SHELL(0, "whole", "$B import --alone k second.gguf && $B verify k");
}
END_TEST

START_TEST(tensors_in_two_files)
{
	make_safetensors();
	put_shard(1, 2, 1);
	is_refused(entries[2].file,
		"m-00002-of-00003.safetensors: not imported: tensor 'blk.2.weight' is in m-00001-of-00003.safetensors too");
	make_gguf();
	put_split(2, 2, 5, 1, 3);
	is_refused("m-00001-of-00003.gguf", "tensor 'blk.1.weight' is in m-00002-of-00003.gguf too");
}
END_TEST

START_TEST(counts_that_are_wrong)
{
	make_safetensors();
	put_shard(1, 3, 2);
	is_refused(entries[0].file, "its header lists 2 tensors, of which the index has 1");
	make_gguf();
	put_split(2, 2, 5, 2, 2);
	is_refused("m-00001-of-00003.gguf", "the 3 files of its model list 4 tensors, and should have 5");
	put_split(2, 2, 6, 2, 3);
	is_refused("m-00001-of-00003.gguf", "its split.tensors.count is not that of the other files");
	put_split(2, 1, 5, 2, 3);
	is_refused("m-00001-of-00003.gguf", "its split.no and split.count are not what its name says");
	put_gguf(&made, 3);
	keep("m-00003-of-00003.gguf");
	is_refused("m-00001-of-00003.gguf", "its split.no and split.count are not what its name says");
	make_safetensors();
	put_gguf_split(&made, 0, 3, 4, 4, 4);
	keep(entries[2].file);
	is_refused(entries[0].file, "the first file of its model is of another format");
}
END_TEST

START_TEST(indexes_that_are_refused)
{
	make_safetensors();
	text_str(&made, "{\"weight_map\":{\"a\":\"m-00001-of-00003.safetensors\",\"b\":\"../x\"}}");
	keep("m.safetensors.index.json");
	is_refused(entries[0].file, "it names a file that is not in its folder");
	is_refused("m.safetensors.index.json",
		"no index of a model's files: it names a file that is not in its folder");
	text_str(&made, "{\"weight_map\":{}}");
	keep("none.json");
	is_refused("none.json", "no index of a model's files: it names none");
	text_str(&made, "{\"a\":1}");
	keep("other.json");
	is_refused("other.json", "no index of a model's files: it has no weight_map");
	make_safetensors();
	SHELL(1, "it is the output",
		"cp m-00002-of-00003.safetensors c; $B import m-00002-of-00003.safetensors "
		"m-00001-of-00003.safetensors; s=$?; cmp c m-00002-of-00003.safetensors && exit $s");
}
END_TEST

/* What a bundle says of its files may be made to do harm. */
START_TEST(hostile_bundles)
{
	static const char *const cases[][2] = {
		{ "import.file.2=../up", "the name of one of its files is damaged" },
		{ "import.file.2=/tmp/up", "the name of one of its files is damaged" },
		{ "import.file.2=..", "the name of one of its files is damaged" },
		{ "import.file.2=", "the name of one of its files is damaged" },
		{ "import.file.2=m-00001-of-00003.safetensors", "File exists" },
		{ "import.index=../up", "its index is damaged" },
		{ "import.index_model=blk.0.weight", "its index is damaged" },
		{ "import.index_model=none", "its index is damaged" },
		{ "import.shards=4", "its header or its size is gone" },
		{ "import.shards=2", "it has models that its header does not tell of" },
		{ "import.shards=0", "how many files it was is damaged" },
		{ "import.shards=99999999999999999999", "how many files it was is damaged" },
		{ "import.shards=4000", "how many files it was is damaged" },
		{ "import.size.2=5", "its size is damaged" },
		{ "import.header.2=blk.0.weight", "its header is damaged" },
	};
	char script[512];
	make_safetensors();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(script, sizeof(script),
			"rm -rf k out up; $B import --meta '%s' k m-00001-of-00003.safetensors && "
			"$B export -F safetensors k out; s=$?; test ! -e up && exit $s",
			cases[i][0]);
		SHELL(1, cases[i][1], script);
	}
}
END_TEST

START_TEST(folders_and_names)
{
	make_safetensors();
	SHELL(0, "", "$B import k m-00001-of-00003.safetensors");
	SHELL(1, "the bundle was imported from 3 files (name a folder", "$B export k new.safetensors");
	ck_assert_int_ne(access(scratch_file("new.safetensors"), F_OK), 0);
	SHELL(1, "the bundle was imported from 3 files (name a folder", "$B export k -");
	SHELL(1, "File exists (--force overwrites it)",
		"mkdir out; echo x >out/m-00002-of-00003.safetensors; $B export -F safetensors k out");
	SHELL(0, "",
		"$B export -F safetensors --force k out && cmp out/m-00002-of-00003.safetensors "
		"m-00002-of-00003.safetensors");
	SHELL(1, "not a folder", "echo x >file; $B export -F safetensors k file");
	SHELL(2, "--alone is for safetensors and GGUF files", "mkdir d; $B import --alone k2 d");
}
END_TEST

Suite *import_shards_suite(void)
{
	Suite *suite = suite_create("import_shards");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, clean);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, safetensors_from_any_of_its_files);
	tcase_add_test(tc, gguf_from_any_of_its_files);
	tcase_add_test(tc, a_layer_in_two_files);
	tcase_add_test(tc, one_file_alone);
	tcase_add_test(tc, files_that_are_missing);
	tcase_add_test(tc, tensors_in_two_files);
	tcase_add_test(tc, counts_that_are_wrong);
	tcase_add_test(tc, indexes_that_are_refused);
	tcase_add_test(tc, hostile_bundles);
	tcase_add_test(tc, folders_and_names);
	return suite;
}
