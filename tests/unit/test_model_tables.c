/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of files where models are in several: sums, order, parts over all files, as text, CSV and JSON. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/suites.h"
#include "made_file_use.h"
#include "user/base/csv.h"
#include "user/modelfile/regions.h"
#include "user/sink/csv_summary.h"
#include "user/sink/files_json.h"
#include "user/sink/files_text.h"
#include "user/tables/model_rows.h"

enum { SHARDS = 3, TENSOR = 1000, TENSORS = 3, HEADER = 100 };

static struct file_table *table;
static struct regions *shards[SHARDS];

/* Three tensors of 1000 bytes behind a header of 100: the halves of layers, which go on in the next file. */
static struct regions *made_shard(unsigned number, const char *model, unsigned count, const char *fault)
{
	struct regions *r = regions_create("safetensors");
	char name[64];
	ck_assert(regions_add_header(r, "header", HEADER));
	for (unsigned i = 0; i < TENSORS; i++) {
		unsigned tensor = number * TENSORS + i;
		snprintf(name, sizeof(name), "blk.%u.%s", tensor / 2, tensor % 2 ? "ffn" : "attn");
		ck_assert(regions_add(
			r, HEADER + i * TENSOR, TENSOR, regions_keep_name(r, name, strlen(name))));
	}
	ck_assert(regions_finish(r, UINT64_MAX));
	const struct shard shard = { .model = { model, (uint32_t)strlen(model), false },
		.number = number,
		.count = count,
		.fault = { fault, (uint32_t)strlen(fault), false } };
	ck_assert(regions_set_shard(r, &shard));
	return r;
}

static void begin(enum parts_by by)
{
	table = files_table_new(by);
	table->facts.unseen[FACT_EVICTIONS] = "not asked for";
	for (unsigned i = 0; i < SHARDS; i++)
		shards[i] = made_shard(i, "/m/net", SHARDS, "");
}

static void end(void)
{
	files_table_free(table);
	for (unsigned i = 0; i < SHARDS; i++)
		regions_free(shards[i]);
}

/* A read of a shard, whose names are those of `regions`. */
static void read_from(const struct regions *regions, uint64_t ino, const char *path, uint64_t offset,
	int64_t bytes, uint64_t ns)
{
	struct place place;
	struct event ev = made_io("pread64", made_file(ino, path), offset, bytes, ns);
	if (regions && regions_find(regions, offset, (uint64_t)bytes, &place))
		ev.call.place = &place;
	files_table_event(table, &ev);
}

static void read_shard(unsigned number, uint64_t offset, int64_t bytes, uint64_t ns)
{
	char path[64];
	snprintf(path, sizeof(path), "/m/net-%05u-of-00003.safetensors", number + 1);
	read_from(shards[number], 10 + number, path, offset, bytes, ns);
}

/* Two of three shards, each but the last 1000 bytes of the first twice, and another file between them in time. */
static void read_two(void)
{
	read_shard(1, HEADER, 3000, 1000000);
	read_shard(0, 0, 2100, 500000);
	read_shard(0, 0, 2100, 500000);
	read_from(NULL, 99, "/data/plain", 0, 512, 1500000);
	read_shard(1, 0, 100, 1000000);
}

static const struct file_row *row(const struct file_rows *rows, const char *name)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->rows[i].name.len == strlen(name) &&
			memcmp(rows->rows[i].name.data, name, strlen(name)) == 0)
			return &rows->rows[i];
	ck_abort_msg("no part %s", name);
}

START_TEST(a_model_is_the_sum_of_its_files)
{
	begin(BY_ANY);
	read_two();
	files_table_sort(table);
	const struct file_model *model = table->models;
	ck_assert(model && !model->hh.next);
	ck_assert_uint_eq(model->used, 2);
	ck_assert_uint_eq(model->shards, 3);
	ck_assert_str_eq(model->format, "safetensors");
	const struct file_row all = model_row_of(model);
	ck_assert_uint_eq(all.counts.sums.read_calls, 4);
	ck_assert_uint_eq(all.counts.sums.read_bytes, 7300);
	ck_assert_uint_eq(all.distinct_bytes, 5200);
	ck_assert_uint_eq(all.counts.sums.call_ns, 3000000);
	ck_assert(all.distinct_known && all.mapped_known && !all.direct_unknown);
	ck_assert_uint_eq(model->files->shard, 1); /* it took more time */
	ck_assert_uint_eq(model->files->next_shard->shard, 0);
	end();
}
END_TEST

START_TEST(parts_go_over_all_files)
{
	uint32_t twice;
	struct span name;
	begin(BY_ANY);
	read_two();
	files_table_sort(table);
	struct file_rows rows = model_rows_of(table->models, BY_TENSOR, 100, &twice, &name);
	ck_assert_uint_eq(twice, 0);
	ck_assert_uint_eq(rows.count, 6);
	ck_assert_uint_eq(row(&rows, "header")->counts.sums.read_bytes, 300);
	ck_assert_uint_eq(row(&rows, "blk.0.ffn")->counts.sums.read_bytes, 2000);
	ck_assert_uint_eq(row(&rows, "blk.2.attn")->distinct_bytes, 1000);
	file_rows_free(&rows);
	rows = model_rows_of(table->models, BY_LAYER, 100, &twice, &name);
	ck_assert_int_eq(rows.by, BY_LAYER);
	ck_assert_uint_eq(rows.count, 4);
	/* blk.1 begins in the first file, where it was not read, and goes on in the second */
	ck_assert_uint_eq(row(&rows, "blk.1")->counts.sums.read_bytes, 1000);
	ck_assert_uint_eq(row(&rows, "blk.0")->counts.sums.read_bytes, 4000);
	file_rows_free(&rows);
	read_shard(0, HEADER + 2 * TENSOR, TENSOR, 5);
	rows = model_rows_of(table->models, BY_LAYER, 100, &twice, &name);
	ck_assert_uint_eq(row(&rows, "blk.1")->counts.sums.read_bytes, 2000);
	ck_assert_uint_eq(row(&rows, "blk.1")->distinct_bytes, 2000);
	file_rows_free(&rows);
	rows = model_rows_of(table->models, BY_RANGE, 100, &twice, &name);
	ck_assert_uint_eq(rows.count, 0);
	end();
}
END_TEST

START_TEST(a_tensor_in_two_files)
{
	uint32_t twice;
	struct span name = { 0 };
	begin(BY_ANY);
	struct regions *same = made_shard(0, "/m/net", SHARDS, "");
	read_shard(0, HEADER, 3000, 7);
	read_from(same, 11, "/m/net-00002-of-00003.safetensors", HEADER, 2000, 7);
	files_table_sort(table);
	struct file_rows rows = model_rows_of(table->models, BY_TENSOR, 100, &twice, &name);
	ck_assert_uint_eq(twice, 2);
	ck_assert_int_eq(name.len, 10);
	ck_assert_mem_eq(name.data, "blk.0.attn", 10);
	file_rows_free(&rows);
	regions_free(same);
	end();
}
END_TEST

static char *tables(void)
{
	struct run_result result = { .files = table };
	struct out out = made_out();
	files_text(&out, &result);
	return written(&out);
}

START_TEST(for_people)
{
	begin(BY_LAYER);
	read_two();
	char *text = tables();
	ck_assert_str_eq(text,
		"\n"
		"in calls     p50     p99   opens   reads    read distinct storage cached % file\n"
		"-------- ------- ------- ------- ------- ------- -------- ------- -------- ----------------\n"
		" 3.00 ms  459 us 1.00 ms       0       4    7.1K     5.1K       0    100.0 /m/net (2 of 3 shards)\n"
		" 2.00 ms  918 us 1.00 ms       0       2    3.0K     3.0K       0    100.0   net-00002-of-00003.safetensors\n"
		" 1.00 ms  459 us  500 us       0       2    4.1K     2.1K       0    100.0   net-00001-of-00003.safetensors\n"
		" 1.50 ms 1.50 ms 1.50 ms       0       1     512      512       0    100.0 /data/plain\n"
		"\n"
		"/m/net (2 of 3 shards) (safetensors)\n"
		"in calls     p50     p99   reads    read distinct storage cached % layer\n"
		"-------- ------- ------- ------- ------- -------- ------- -------- ----------------\n"
		" 1.05 ms  459 us 1.00 ms       3     300      200       0    100.0 header\n"
		"  952 us       -       -       0    3.9K     2.0K       0    100.0 blk.0\n"
		"  667 us       -       -       0    2.0K     2.0K       0    100.0 blk.2\n"
		"  333 us 1.00 ms 1.00 ms       1    1000     1000       0    100.0 blk.1\n");
	free(text);
	read_shard(2, 0, 100, 1); /* now all of them */
	text = tables();
	ck_assert_ptr_nonnull(strstr(text, " /m/net (3 shards)\n"));
	free(text);
	end();
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
	begin(BY_ANY);
	struct regions *odd = made_shard(1, "/m/other", SHARDS, "one of its files\nis odd"),
		       *lone = made_shard(0, "/x/a.gguf", 0, "its name is wrong");
	struct shard missing = *regions_shard(shards[0]);
	missing.missing = 1;
	ck_assert(regions_set_shard(shards[0], &missing));
	read_shard(0, 0, 100, 1);
	read_from(odd, 50, "/m/other-2", 0, 100, 1);
	read_from(lone, 51, "/x/a.gguf", 0, 100, 1);
	char *text = tables();
	ck_assert_ptr_nonnull(strstr(text, "\n/m/net: 1 of its 3 files is not there\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n/m/other: one of its files\\nis odd\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n/x/a.gguf: its name is wrong\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "  /x/a.gguf\n") ? NULL : strstr(text, " /x/a.gguf\n")); /* alone */
	free(text);
	regions_free(odd);
	regions_free(lone);
	end();
}
END_TEST

/* Those of the models that took most time; the others are counted. */
START_TEST(many_shards)
{
	char path[64];
	begin(BY_ANY);
	struct regions *many[40];
	for (unsigned i = 0; i < 40; i++) {
		many[i] = made_shard(i, "/m/big", 40, "");
		snprintf(path, sizeof(path), "/m/big-%05u-of-00040.gguf", i + 1);
		read_from(many[i], 200 + i, path, 0, 100, 1000 + i);
	}
	for (unsigned i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), "/plain/%u", i);
		read_from(NULL, 300 + i, path, 0, 1000, 50000);
	}
	char *text = tables();
	ck_assert_ptr_nonnull(strstr(text, "file\n"));
	ck_assert_ptr_null(
		strstr(text, "big (40 shards)")); /* less time than any of ten files, together: 40780 ns */
	for (unsigned i = 0; i < 12; i++)
		read_from(many[0], 200, "/m/big-00001-of-00040.gguf", 0, 100, 50000);
	free(text);
	text = tables();
	ck_assert_ptr_nonnull(strstr(text, " /m/big (40 shards)\n"));
	ck_assert_ptr_nonnull(strstr(text, "  big-00001-of-00040.gguf\n"));
	ck_assert_ptr_nonnull(strstr(text, "  big-00040-of-00040.gguf\n"));
	ck_assert_ptr_null(strstr(text, "  big-00033-of-00040.gguf\n"));
	ck_assert_ptr_nonnull(strstr(text, "... and 35 more files (all in --format json)\n"));
	free(text);
	for (unsigned i = 0; i < 40; i++)
		regions_free(many[i]);
	end();
}
END_TEST

START_TEST(records_of_csv)
{
	begin(BY_ANY);
	read_two();
	struct run_result result = { .files = table };
	struct out out = made_out();
	struct csv csv = { 0 };
	ck_assert_int_eq(csv_summary(&out, &csv, &result), 0);
	csv_free(&csv);
	char *text = written(&out);
	ck_assert_ptr_nonnull(strstr(text,
		"\r\nshards,/m/net,,0,,,,,,,,,,,,,,,,,,3000.000,0.000,0.000,0.000,458.752,1000.000,0,4,7300,"));
	ck_assert_ptr_nonnull(strstr(
		text, "\r\nfile,/m/net-00001-of-00003.safetensors,,0,,,,/m/net,,,,,,,,,,,,,,1000.000,"));
	ck_assert_ptr_nonnull(strstr(text, "\r\nfile,/data/plain,,0,,,,,,,"));
	free(text);
	end();
}
END_TEST

static double number_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	ck_assert_msg(cJSON_IsNumber(item), "no number %s", key);
	return item->valuedouble;
}

START_TEST(fields_of_json)
{
	begin(BY_LAYER);
	read_two();
	struct run_result result = { .files = table };
	struct out out = made_out();
	struct json json = { .text = &out.text };
	json_begin_object(&json);
	files_json(&json, &out, &result);
	json_end_object(&json);
	char *text = written(&out);
	cJSON *all = cJSON_Parse(text);
	const cJSON *models = cJSON_GetObjectItem(all, "models"), *file;
	ck_assert_int_eq(cJSON_GetArraySize(models), 1);
	const cJSON *model = cJSON_GetArrayItem(models, 0);
	ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(model, "path")), "/m/net");
	ck_assert_double_eq(number_of(model, "shards"), 3);
	ck_assert_double_eq(number_of(model, "shards_used"), 2);
	ck_assert_double_eq(number_of(model, "shards_missing"), 0);
	ck_assert_double_eq(number_of(model, "read_bytes"), 7300);
	ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(model, "parts")), 4);
	double sum = 0, parts = 0;
	cJSON_ArrayForEach(file, cJSON_GetObjectItem(all, "files"))
	{
		const cJSON *of = cJSON_GetObjectItem(file, "model");
		ck_assert(cJSON_IsString(of) || cJSON_IsNull(of));
		if (cJSON_IsString(of) && strcmp(of->valuestring, "/m/net") == 0)
			sum += number_of(file, "read_bytes");
	}
	cJSON_ArrayForEach(file, cJSON_GetObjectItem(model, "parts")) parts += number_of(file, "read_bytes");
	ck_assert_double_eq(sum, 7300);
	ck_assert_double_eq(parts, 7300);
	cJSON_Delete(all);
	free(text);
	end();
}
END_TEST

/* A file becomes another's part, or a whole model, when it is written anew. */
START_TEST(the_model_of_a_file_changes)
{
	begin(BY_ANY);
	struct regions *other = made_shard(0, "/m/new", 2, "");
	read_shard(0, 0, 100, 1);
	read_from(other, 10, "/m/net-00001-of-00003.safetensors", 0, 100, 1);
	files_table_sort(table);
	ck_assert_uint_eq(HASH_COUNT(table->models), 2);
	for (const struct file_model *model = table->models; model; model = model->hh.next)
		ck_assert_uint_eq(model->used, strncmp(model->path, "/m/new", 6) == 0);
	char *text = tables();
	ck_assert_ptr_nonnull(strstr(text, "/m/new (1 of 2 shards)\n"));
	ck_assert_ptr_null(strstr(text, "/m/net ("));
	free(text);
	regions_free(other);
	end();
}
END_TEST

/* Memory is that of the table: what has none left stands alone. */
START_TEST(models_beyond_the_limit)
{
	char model[64], path[64];
	begin(BY_RANGE);
	table->room = 60000;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(model, sizeof(model), "/m/%u", i);
		snprintf(path, sizeof(path), "/m/%u-00001-of-00002", i);
		struct regions *regions = made_shard(0, model, 2, "");
		read_from(regions, 1000 + i, path, 0, 100, 1);
		regions_free(regions);
	}
	uint64_t calls = table->others.sums.read_calls;
	files_table_sort(table);
	ck_assert_uint_lt(HASH_COUNT(table->models), 100);
	for (const struct file_stats *f = table->files; f; f = f->hh.next)
		calls += f->counts.sums.read_calls;
	ck_assert_uint_eq(calls, 200);
	end();
}
END_TEST

/* The parts of a large model leave memory for all of its files. */
START_TEST(many_files_with_many_tensors)
{
	enum { FILES = 163, LARGE = 560 };
	char text[96];
	begin(BY_ANY);
	for (unsigned i = 0; i < FILES; i++) {
		struct regions *r = regions_create("safetensors");
		for (unsigned j = 0; j < LARGE; j++) {
			snprintf(text, sizeof(text), "model.layers.%u.mlp.experts.%u.down_proj.weight", i, j);
			ck_assert(regions_add(r, 100 + j * 10, 10, regions_keep_name(r, text, strlen(text))));
		}
		ck_assert(regions_finish(r, UINT64_MAX));
		const struct shard shard = { .model = { "/m/large", 8, false }, .number = i, .count = FILES };
		ck_assert(regions_set_shard(r, &shard));
		snprintf(text, sizeof(text), "/m/large-%u", i);
		read_from(r, 1000 + i, text, 100, LARGE * 10, 100);
		regions_free(r);
	}
	files_table_sort(table);
	ck_assert(!table->has_others);
	ck_assert_uint_eq(table->models->used, FILES);
	ck_assert_uint_eq(table->models->counts.sums.read_bytes, FILES * LARGE * 10);
	uint32_t twice;
	uint64_t bytes = 0;
	struct span name;
	struct file_rows rows = model_rows_of(table->models, BY_TENSOR, 100, &twice, &name);
	for (uint32_t i = 0; i < rows.count; i++)
		bytes += rows.rows[i].counts.sums.read_bytes;
	ck_assert_uint_eq(bytes, FILES * LARGE * 10);
	ck_assert(rows.rows[rows.count - 1].unplaced);
	file_rows_free(&rows);
	end();
}
END_TEST

START_TEST(there_may_be_more)
{
	begin(BY_ANY);
	read_two();
	table->has_others = true;
	char *shown = tables();
	ck_assert_ptr_nonnull(strstr(shown, " /m/net (2 or more of 3 shards)\n"));
	free(shown);
	end();
}
END_TEST

Suite *model_tables_suite(void)
{
	Suite *suite = suite_create("model_tables");
	TCase *tc = tcase_create("core");
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_model_is_the_sum_of_its_files);
	tcase_add_test(tc, parts_go_over_all_files);
	tcase_add_test(tc, a_tensor_in_two_files);
	tcase_add_test(tc, for_people);
	tcase_add_test(tc, what_is_wrong_is_told);
	tcase_add_test(tc, many_shards);
	tcase_add_test(tc, records_of_csv);
	tcase_add_test(tc, fields_of_json);
	tcase_add_test(tc, the_model_of_a_file_changes);
	tcase_add_test(tc, models_beyond_the_limit);
	tcase_add_test(tc, many_files_with_many_tensors);
	tcase_add_test(tc, there_may_be_more);
	return suite;
}
