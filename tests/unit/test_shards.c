/* SPDX-License-Identifier: BSD-2-Clause */
/* Models in several files: which file is a part of which, by content; what is wrong with them is found; hostile indexes do no
 * harm. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/modelfile/formats.h"
#include "user/modelfile/regions_build.h"
#include "user/modelfile/shards.h"
#include "bundle_help.h"
#include "model_files.h"

static struct text file;

/* Writes what was put into `file` to a path. */
static void save(const char *path)
{
	ck_assert(!file.failed);
	spill(path, file.data, file.len);
	text_free(&file);
}

static struct regions *read_file(const char *path)
{
	size_t size;
	char *data = slurp(path, &size);
	int fd = memfd_create("model", MFD_CLOEXEC);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	struct regions *regions = regions_read(fd, size);
	close(fd);
	free(data);
	ck_assert_ptr_nonnull(regions);
	return regions;
}

/* What is noted of the model of a file: "MODEL NUMBER/COUNT missing MISSING FAULT", the model relative to the folder. */
static const char *noted_as(struct shard_memo *memo, const char *path, const char *shown)
{
	static char said[512];
	struct regions *regions = read_file(path);
	ck_assert(shards_note(memo, path, (struct span){ shown, (uint32_t)strlen(shown), false }, regions));
	const struct shard *s = regions_shard(regions);
	size_t folder = strlen(scratch_file("%s", ""));
	said[0] = '\0';
	if (s) {
		ck_assert_uint_gt(s->model.len, folder);
		snprintf(said, sizeof(said), "%.*s %u/%u missing %u%s%.*s", (int)(s->model.len - folder),
			s->model.data + folder, s->number, s->count, s->missing, s->fault.len ? " " : "",
			(int)s->fault.len, s->fault.len ? s->fault.data : "");
	}
	regions_free(regions);
	return said;
}

static const char *noted(const char *name)
{
	const char *path = scratch_file("%s", name);
	return noted_as(NULL, path, path);
}

/* ---- GGUF ---- */

START_TEST(a_split_gguf)
{
	for (unsigned i = 0; i < 3; i++) {
		put_gguf_split(&file, i, 3, 6, 2 * i, 2);
		save(scratch_file("llama-%05u-of-00003.gguf", i + 1));
	}
	ck_assert_str_eq(noted("llama-00001-of-00003.gguf"), "llama 0/3 missing 0");
	ck_assert_str_eq(noted("llama-00003-of-00003.gguf"), "llama 2/3 missing 0");
	ck_assert_int_eq(unlink(scratch_file("llama-00002-of-00003.gguf")), 0);
	ck_assert_str_eq(noted("llama-00001-of-00003.gguf"), "llama 0/3 missing 1");
}
END_TEST

/* The content says what it is; the name does not make a part of a whole file. */
START_TEST(names_that_do_not_fit)
{
	put_gguf_split(&file, 1, 3, 6, 0, 2);
	save(scratch_file("renamed.gguf"));
	ck_assert_str_eq(noted("renamed.gguf"),
		"renamed.gguf 1/0 missing 0 its name does not end as its split.no and split.count say "
		"(NAME-00001-of-00003.gguf)");
	put_gguf_split(&file, 1, 3, 6, 0, 2);
	save(scratch_file("llama-00001-of-00003.gguf")); /* it is the second */
	ck_assert_ptr_nonnull(strstr(noted("llama-00001-of-00003.gguf"), "its name does not end"));
	put_gguf(&file, 3);
	save(scratch_file("whole-00001-of-00003.gguf"));
	ck_assert_str_eq(noted("whole-00001-of-00003.gguf"), "");
	put_gguf_split(&file, 0, 1, 2, 0, 2);
	save(scratch_file("one-00001-of-00001.gguf"));
	ck_assert_str_eq(noted("one-00001-of-00001.gguf"), "");
}
END_TEST

START_TEST(numbers_that_cannot_be_true)
{
	static const struct {
		unsigned no, count;
		int of_all;
		const char *name, *expected;
	} cases[] = {
		{ 3, 3, 6, "a-00004-of-00003.gguf",
			"a-00004-of-00003.gguf 3/0 missing 0 its split.no is not below its split.count" },
		{ 9, 3, 6, "a", "a 9/0 missing 0 its split.no is not below its split.count" },
		{ 0, 5000, 6, "a-00001-of-05000.gguf",
			"a-00001-of-05000.gguf 0/0 missing 0 its split.count is larger than 4096" },
		{ 0, 4096, 6, "a-00001-of-04096.gguf", "a 0/4096 missing 4095" },
		{ 0, 2, 1, "b-00001-of-00002.gguf",
			"b 0/2 missing 1 one of its files lists 2 tensors, of 1 in all" },
		{ 0, 2, -1, "b-00001-of-00002.gguf", "b 0/2 missing 1" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_gguf_split(&file, cases[i].no, cases[i].count, cases[i].of_all, 0, 2);
		save(scratch_file("%s", cases[i].name));
		ck_assert_str_eq(noted(cases[i].name), cases[i].expected);
	}
}
END_TEST

/* ---- safetensors ---- */

static void save_index(const char *name, const struct index_entry *entries, unsigned count)
{
	put_index(&file, entries, count);
	save(scratch_file("%s", name));
}

static void save_shard(const char *name, unsigned first, unsigned tensors)
{
	put_safetensors_shard(&file, first, tensors);
	save(scratch_file("%s", name));
}

static const struct index_entry three[] = { { "model-00001-of-00003.safetensors", 2 },
	{ "model-00002-of-00003.safetensors", 3 }, { "model-00003-of-00003.safetensors", 1 } };

static void save_three(void)
{
	save_index("model.safetensors.index.json", three, 3);
	save_shard(three[0].file, 0, 2);
	save_shard(three[1].file, 2, 3);
	save_shard(three[2].file, 5, 1);
}

START_TEST(a_sharded_safetensors)
{
	save_three();
	ck_assert_str_eq(noted(three[0].file), "model 0/3 missing 0");
	ck_assert_str_eq(noted(three[2].file), "model 2/3 missing 0");
	save_shard("other.safetensors", 0, 2); /* in the same folder, and not in the index */
	ck_assert_str_eq(noted("other.safetensors"), "");
	ck_assert_int_eq(unlink(scratch_file("%s", three[1].file)), 0);
	ck_assert_int_eq(mkdir(scratch_file("%s", three[1].file), 0700), 0); /* no file */
	ck_assert_str_eq(noted(three[0].file), "model 0/3 missing 1");
	save_shard(three[2].file, 5, 2);
	ck_assert_str_eq(noted(three[2].file),
		"model 2/3 missing 1 the index lists 1 tensors of model-00003-of-00003.safetensors, whose header lists 2");
	ck_assert_int_eq(unlink(scratch_file("model.safetensors.index.json")), 0);
	ck_assert_str_eq(noted(three[0].file), ""); /* nothing says that there are more */
}
END_TEST

/* Any names, of an index that is not called as usual, with escapes. */
START_TEST(an_index_with_other_names)
{
	static const struct index_entry odd[] = { { "tail", 1 }, { "he\\u0061d.bin", 2 } };
	save_index("net.safetensors.index.fp16.json", odd, 2);
	save_shard("head.bin", 0, 2);
	save_shard("tail", 0, 1);
	ck_assert_str_eq(noted("head.bin"), "net 0/2 missing 0");
	ck_assert_str_eq(noted("tail"), "net 1/2 missing 0");
	save_index("only.index.json", odd, 1); /* of one file: it is a whole model */
	ck_assert_int_eq(unlink(scratch_file("net.safetensors.index.fp16.json")), 0);
	ck_assert_str_eq(noted("tail"), "");
}
END_TEST

START_TEST(an_index_that_leaves_its_folder)
{
	static const char *const bad[] = { "../model-00002-of-00003.safetensors", "/etc/passwd", "a/b", "..",
		".", "", "x\\u002fy", "x\\u0000y" };
	struct index_entry entries[2] = { three[0] };
	save_shard(three[0].file, 0, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		entries[1] = (struct index_entry){ bad[i], 1 };
		save_index("model.safetensors.index.json", entries, 2);
		const char *said = noted(three[0].file);
		ck_assert_msg(strstr(said, "its index is refused: "), "%s: %s", bad[i], said);
		ck_assert_msg(strstr(said, i == 7 ? "has no name of a file" : "is not in its folder"),
			"%s: %s", bad[i], said);
	}
}
END_TEST

/* An index is read once for all files, and again after it has changed. */
START_TEST(an_index_that_changes)
{
	struct shard_memo *memo = shard_memo_new();
	const char *path = scratch_file("%s", three[0].file),
		   *index = scratch_file("model.safetensors.index.json");
	const struct timeval old[2] = { { 1000, 0 }, { 1000, 0 } };
	save_three();
	ck_assert_int_eq(utimes(index, old), 0);
	ck_assert_str_eq(noted_as(memo, path, path), "model 0/3 missing 0");
	save_index("model.safetensors.index.json", three, 2);
	ck_assert_str_eq(noted_as(memo, path, path), "model 0/2 missing 0");
	ck_assert_int_eq(unlink(index), 0);
	ck_assert_str_eq(noted_as(memo, path, path), "");
	shard_memo_free(memo);
}
END_TEST

/* The Hugging Face Hub's cache: files are called by their sums, links have the names. */
START_TEST(files_behind_links)
{
	int status;
	free(run_shell(&status, "mkdir -p hub/blobs hub/snapshots/old hub/snapshots/new && "
				"touch -d 2001-01-01 hub/snapshots/old"));
	ck_assert_int_eq(status, 0);
	save_index("hub/blobs/aaa", three, 3);
	save_shard("hub/blobs/bbb", 0, 2);
	save_shard("hub/blobs/ccc", 2, 3);
	free(run_shell(&status, "ln -s ../../blobs/aaa hub/snapshots/new/model.safetensors.index.json && "
				"ln -s ../../blobs/bbb hub/snapshots/new/model-00001-of-00003.safetensors && "
				"ln -s ../../blobs/ccc hub/snapshots/new/model-00002-of-00003.safetensors"));
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(noted("hub/blobs/bbb"), "hub/snapshots/new/model 0/3 missing 1");
	ck_assert_str_eq(noted("hub/blobs/ccc"), "hub/snapshots/new/model 1/3 missing 1");
	free(run_shell(&status, "cp -a hub/snapshots/new hub/snapshots/newest && "
				"touch -d 2040-01-01 hub/snapshots/newest"));
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(noted("hub/blobs/bbb"), "hub/snapshots/newest/model 0/3 missing 1");
	save_shard("hub/blobs/ddd", 2, 3); /* nothing leads to it */
	ck_assert_str_eq(noted("hub/blobs/ddd"), "");
}
END_TEST

/* A process in a container sees another path than the one that leads to the file. */
START_TEST(the_path_that_is_shown)
{
	save_three();
	struct regions *regions = read_file(scratch_file("%s", three[0].file));
	const char *path = scratch_file("%s", three[0].file), *shown = strrchr(path, '/');
	ck_assert(shards_note(NULL, path, (struct span){ shown, (uint32_t)strlen(shown), false }, regions));
	const struct shard *s = regions_shard(regions);
	ck_assert_int_eq(s->model.len, 6);
	ck_assert_mem_eq(s->model.data, "/model", 6);
	regions_free(regions);
}
END_TEST

/* ---- what an index says ---- */

/* In memory of exactly that size, for the sanitizer. *why as shard_index_read() says it. */
static struct shard_index *index_of(const char *data, size_t size, const char **why)
{
	int fd = memfd_create("index", MFD_CLOEXEC);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	struct shard_index *index = shard_index_read(fd, size, why);
	ck_assert((index == NULL) == (*why != NULL));
	close(fd);
	return index;
}

/* What it says is consistent. */
static void sound(struct shard_index *index)
{
	uint32_t tensors = 0, number = 0;
	if (!index)
		return;
	for (uint32_t i = 0; i < shard_index_count(index); i++) {
		const char *name = shard_index_name(index, i);
		ck_assert(shard_index_find(index, name, &number) && number == i);
		ck_assert_ptr_null(strchr(name, '/'));
		tensors += shard_index_tensors_of(index, i);
	}
	ck_assert_uint_eq(tensors, shard_index_tensors(index));
	shard_index_free(index);
}

START_TEST(indexes_that_are_not_right)
{
	static const struct {
		const char *json, *why;
	} cases[] = {
		{ "[]", "it is not JSON" },
		{ "{}", "it has no weight_map" },
		{ "{\"weight_map\":{}} x", "it is not JSON" },
		{ "{\"weight_map\":[]}", "its weight_map is not right" },
		{ "{\"weight_map\":{\"a\":1}}", "a tensor of its weight_map has no name of a file" },
		{ "{\"weight_map\":{\"a\":{\"b\":\"c\"}}}",
			"a tensor of its weight_map has no name of a file" },
		{ "{\"weight_map\":{\"a\":\"x\" \"y\"}}",
			"a tensor of its weight_map has no name of a file" },
		{ "{\"weight_map\":{\"a\":\"x\"},\"weight_map\":{}}", "it has two weight_maps" },
	};
	const char *why;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert_ptr_null(index_of(cases[i].json, strlen(cases[i].json), &why));
		ck_assert_str_eq(why, cases[i].why);
	}
	struct shard_index *index = index_of("{\"weight_map\":{ }}", 18, &why);
	ck_assert_uint_eq(shard_index_count(index), 0);
	sound(index);
}
END_TEST

START_TEST(as_many_files_as_a_model_may_have)
{
	const char *why;
	for (unsigned files = SHARDS_MAX; files <= SHARDS_MAX + 1; files++) {
		text_str(&file, "{\"weight_map\":{");
		for (unsigned i = 0; i < files; i++)
			text_printf(&file, "%s\"t%u\":\"f%u\"", i ? "," : "", i, i);
		text_str(&file, "}}");
		struct shard_index *index = index_of(file.data, file.len, &why);
		text_free(&file);
		if (files == SHARDS_MAX)
			ck_assert_uint_eq(shard_index_count(index), SHARDS_MAX);
		else
			ck_assert_str_eq(why, "it names more than 4096 files");
		sound(index);
	}
	char *name = calloc(1, 300);
	memset(name, 'x', 256);
	put_index(&file, &(struct index_entry){ name, 1 }, 1);
	ck_assert_ptr_null(index_of(file.data, file.len, &why));
	ck_assert_str_eq(why, "it names a file that is not in its folder");
	text_free(&file);
	free(name);
}
END_TEST

START_TEST(every_truncation)
{
	const char *why;
	put_index(&file, three, 3);
	unsigned good = 0;
	for (size_t size = 1; size <= file.len; size++) {
		struct shard_index *index = index_of(file.data, size, &why);
		good += index != NULL;
		sound(index);
	}
	ck_assert_uint_eq(good, 2); /* whole, with and without the last line feed */
	text_free(&file);
}
END_TEST

START_TEST(every_byte_changed)
{
	static const char values[] = { 0, 1, '"', '\\', '/', '{', '}', '[', ',', ':', ' ', '.', (char)0xff };
	const char *why;
	unsigned good = 0, bad = 0;
	put_index(&file, three, 3);
	for (size_t i = 0; i < file.len; i++) {
		char kept = file.data[i];
		for (size_t v = 0; v < sizeof(values); v++) {
			file.data[i] = values[v];
			struct shard_index *index = index_of(file.data, file.len, &why);
			good += index != NULL;
			bad += index == NULL;
			sound(index);
		}
		file.data[i] = kept;
	}
	ck_assert_uint_gt(good, 100);
	ck_assert_uint_gt(bad, 100);
	text_free(&file);
}
END_TEST

START_TEST(random_bytes)
{
	const char *why;
	unsigned seed = 11;
	static const char letters[] = "{}[]\",:\\ weight_map/.0u";
	put_index(&file, three, 3);
	for (unsigned round = 0; round < 5000; round++) {
		char noise[200];
		size_t size = 1 + (unsigned)rand_r(&seed) % sizeof(noise);
		for (size_t i = 0; i < size; i++)
			noise[i] = round % 2 ? letters[(unsigned)rand_r(&seed) % (sizeof(letters) - 1)]
					     : (char)rand_r(&seed);
		noise[0] = '{';
		sound(index_of(noise, size, &why));
		char *copy = malloc(file.len);
		memcpy(copy, file.data, file.len);
		for (int n = 2 + rand_r(&seed) % 6; n > 0; n--)
			copy[(unsigned)rand_r(&seed) % file.len] = (char)rand_r(&seed);
		sound(index_of(copy, file.len, &why));
		free(copy);
	}
	text_free(&file);
}
END_TEST

/* Neither deep nesting nor what does not end needs memory for each level. */
START_TEST(deep_nesting)
{
	const char *why;
	text_str(&file, "{\"metadata\":");
	for (unsigned i = 0; i < 3000000; i++)
		text_char(&file, '[');
	ck_assert_ptr_null(index_of(file.data, file.len, &why));
	for (unsigned i = 0; i < 3000000; i++)
		text_char(&file, ']');
	text_str(&file, ",\"weight_map\":{\"a\":\"x\"}}");
	struct shard_index *index = index_of(file.data, file.len, &why);
	ck_assert_ptr_nonnull(index);
	sound(index);
	text_free(&file);
}
END_TEST

/* What is no file is not opened; a size that the file does not have is no length. */
START_TEST(what_is_no_file)
{
	const char *why;
	save_shard(three[0].file, 0, 2);
	ck_assert_int_eq(mkfifo(scratch_file("model.safetensors.index.json"), 0600), 0);
	ck_assert_str_eq(noted(three[0].file), "");
	int fd = memfd_create("index", MFD_CLOEXEC);
	ck_assert_ptr_null(shard_index_read(fd, 0, &why));
	ck_assert_ptr_null(shard_index_read(fd, 1 << 20, &why));
	ck_assert_ptr_null(shard_index_read(fd, UINT64_MAX, &why));
	ck_assert_str_eq(why, "it is larger than 64 MiB");
	close(fd);
}
END_TEST

Suite *shards_suite(void)
{
	Suite *suite = suite_create("shards");
	TCase *tc = tcase_create("models");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_split_gguf);
	tcase_add_test(tc, names_that_do_not_fit);
	tcase_add_test(tc, numbers_that_cannot_be_true);
	tcase_add_test(tc, a_sharded_safetensors);
	tcase_add_test(tc, an_index_with_other_names);
	tcase_add_test(tc, an_index_that_leaves_its_folder);
	tcase_add_test(tc, an_index_that_changes);
	tcase_add_test(tc, files_behind_links);
	tcase_add_test(tc, the_path_that_is_shown);
	tcase_add_test(tc, what_is_no_file);
	tc = tcase_create("indexes");
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, indexes_that_are_not_right);
	tcase_add_test(tc, as_many_files_as_a_model_may_have);
	tcase_add_test(tc, every_truncation);
	tcase_add_test(tc, every_byte_changed);
	tcase_add_test(tc, random_bytes);
	tcase_add_test(tc, deep_nesting);
	return suite;
}
