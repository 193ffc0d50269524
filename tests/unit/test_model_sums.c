/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's sums of models that are in several files. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/base/text.h"
#include "user/bundletop/file_hits.h"
#include "user/bundletop/model_sums.h"

static struct model_table table;

static struct model_file *add(uint32_t pid, const char *path, const char *model)
{
	static uint64_t ino;
	struct model_file *file = calloc(1, sizeof(*file));
	file->key = (struct use_key){ .ino = ++ino, .pid = pid };
	file->path = strdup(path);
	file->format = "gguf";
	file->size = 1000;
	file->cached = 500;
	file->model = model ? strdup(model) : NULL;
	file->shards = model ? 3 : 0;
	HASH_ADD(hh, table.list, key, sizeof(file->key), file);
	return file;
}

static void drop(struct model_file *file)
{
	HASH_DEL(table.list, file);
	free(file->path);
	free(file->model);
	free(file);
}

static void end(void)
{
	while (table.list)
		drop(table.list);
	model_sums_free(&table);
}

/* The names of all rows, a line each. */
static const char *shown(void)
{
	static char lines[1024];
	size_t count, len = 0;
	const struct model_file **rows = model_sums_rows(&table, &count);
	lines[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct text name = model_sums_name(rows[i]);
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%u %.*s\n", rows[i]->key.pid,
			(int)name.len, name.data);
		text_free(&name);
	}
	free(rows);
	return lines;
}

START_TEST(files_stand_below_their_model)
{
	add(1, "/m/net-1", "/m/net");
	add(1, "/m/whole", NULL);
	add(2, "/m/net-1", "/m/net"); /* of another process */
	add(1, "/blobs/abc", "/m/net");
	struct model_file *third = add(1, "/m/net-3", "/m/net");
	model_sums_update(&table);
	ck_assert_str_eq(shown(),
		"1 /m/net (3 shards)\n1   net-1\n1   /blobs/abc\n1   net-3\n1 /m/whole\n2 /m/net (1 of 3 shards)\n2   net-1\n");
	const struct model_file *sum = third->sum;
	drop(third);
	model_sums_update(&table);
	ck_assert_ptr_eq(table.sums, sum); /* it keeps its entry */
	ck_assert_str_eq(shown(),
		"1 /m/net (2 of 3 shards)\n1   net-1\n1   /blobs/abc\n1 /m/whole\n2 /m/net (1 of 3 shards)\n2   net-1\n");
	while (table.list)
		drop(table.list);
	model_sums_update(&table);
	ck_assert_ptr_null(table.sums);
	ck_assert_str_eq(shown(), "");
}
END_TEST

START_TEST(counts_are_added_up)
{
	struct model_file *a = add(1, "/m/net-1", "/m/net"), *b = add(1, "/m/net-2", "/m/net");
	a->last = (struct file_counts){
		.reads = 3, .read_bytes = 300, .filled_bytes = 100, .missed_bytes = 100
	};
	b->last = (struct file_counts){ .reads = 1, .read_bytes = 100, .faults = 7, .mapped_bytes = 400 };
	a->is_open = true;
	b->ended_ns = 5;
	for (int i = 0; i < 2; i++) { /* made anew each time */
		model_sums_update(&table);
		const struct model_file *sum = a->sum;
		ck_assert_uint_eq(sum->size, 2000);
		ck_assert_int_eq(sum->cached, 1000);
		ck_assert_uint_eq(sum->last.reads, 4);
		ck_assert_uint_eq(sum->last.faults, 7);
		ck_assert_double_eq_tol(file_hits_rate(&sum->last), 1 - 100.0 / 800, 1e-9);
		ck_assert(sum->is_open && sum->ended_ns == 0 && sum->parts == 2);
	}
	/* what is not known of one is not known of all */
	a->cached = FILES_NOT_KNOWN;
	b->hidden = b->faults_unseen = true;
	b->last.unknown = HIT_HIDDEN;
	a->ended_ns = 9;
	model_sums_update(&table);
	ck_assert_int_eq(a->sum->cached, FILES_NOT_KNOWN);
	ck_assert(a->sum->hidden && a->sum->faults_unseen);
	ck_assert_double_lt(file_hits_rate(&a->sum->last), 0);
	ck_assert_uint_eq(a->sum->ended_ns, 5);
	b->last.unknown = HIT_KNOWN;
	b->last.partial = true;
	model_sums_update(&table);
	ck_assert_double_lt(file_hits_rate(&a->sum->last), 0);
}
END_TEST

Suite *model_sums_suite(void)
{
	Suite *suite = suite_create("model_sums");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, NULL, end);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, files_stand_below_their_model);
	tcase_add_test(tc, counts_are_added_up);
	return suite;
}
