/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of files against a program that does known things with a model file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "traced.h"

enum { TENSORS = 8, TENSOR_BYTES = 65536 };

static const char *path; /* of a GGUF file */
static long data;        /* where its tensors begin */

/* Layers 0 to 3 of two tensors, which lie behind each other. */
static void write_gguf(const char *name)
{
	struct text t = { 0 };
	char tensor[64];
	put_gguf_head(&t, 3, TENSORS, 0);
	for (unsigned i = 0; i < TENSORS; i++) {
		snprintf(tensor, sizeof(tensor), "blk.%u.%s.weight", i / 2, i % 2 ? "ffn_up" : "attn_q");
		put_gguf_tensor(&t, tensor, 128, 128, 0, i * TENSOR_BYTES);
	}
	data = (long)(t.len + 31) / 32 * 32;
	put_zeros(&t, (size_t)data + TENSORS * TENSOR_BYTES);
	ck_assert(!t.failed);
	path = scratch(name);
	FILE *file = fopen(path, "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(t.data, 1, t.len, file), t.len);
	ck_assert_int_eq(fclose(file), 0);
	text_free(&t);
}

static const cJSON *named(const cJSON *list, const char *key, const char *name)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, list) if (str(item, key) && strcmp(str(item, key), name) == 0) return item;
	return NULL;
}

static const cJSON *the_file(const struct traced *t)
{
	const cJSON *file = named(get(t->summary, "files"), "path", path);
	ck_assert_ptr_nonnull(file);
	return file;
}

/* What bundletrace has of `ranges FILE OPS`. */
static struct traced trace_ranges(const char *ops, const char *options)
{
	char script[2048];
	snprintf(script, sizeof(script), "%s %s --format json -o %s -- %s %s %s", built("bundletrace"),
		options, scratch("t.json"), built("tests/targets/ranges"), path, ops);
	struct run *run = RUN("/bin/sh", "-c", script);
	code_is(run, 0);
	return traced_file(run, scratch("t.json"));
}

/* 100 bytes of the header; the first tensor twice, in four reads each time; a read over the border of two tensors; the
 * last bytes, then the end; and one write. */
static const char *known_ops(void)
{
	static char ops[1024];
	long last = data + TENSORS * TENSOR_BYTES - 10;
	size_t len = (size_t)snprintf(ops, sizeof(ops), "r 100 ");
	for (unsigned i = 0; i < 8; i++)
		len += (size_t)snprintf(ops + len, sizeof(ops) - len, "p %ld %d ",
			data + i % 4 * (TENSOR_BYTES / 4), TENSOR_BYTES / 4);
	snprintf(ops + len, sizeof(ops) - len, "p %ld 3000 s %ld r 100 r 100 w %ld 77",
		data + 2 * TENSOR_BYTES - 1000, last, data + 5 * TENSOR_BYTES);
	return ops;
}

static void part_is(const cJSON *file, const char *name, int64_t calls, int64_t bytes, int64_t distinct)
{
	const cJSON *part = named(get(file, "parts"), "name", name);
	ck_assert_msg(part != NULL, "no part %s", name);
	ck_assert_int_eq(num(part, "read_calls"), calls);
	ck_assert_int_eq(num(part, "read_bytes"), bytes);
	ck_assert_int_eq(num(part, "distinct_bytes"), distinct);
}

static void known_ops_are_shown(const cJSON *file)
{
	ck_assert_str_eq(str(file, "format"), "gguf");
	ck_assert_str_eq(str(file, "parts_by"), "tensor");
	ck_assert_int_eq(num(file, "opens"), 1);
	ck_assert_int_eq(num(file, "read_calls"), 12);
	ck_assert_int_eq(num(file, "read_bytes"), 100 + 2 * TENSOR_BYTES + 3000 + 10);
	ck_assert_int_eq(num(file, "write_calls"), 1);
	ck_assert_int_eq(num(file, "write_bytes"), 77);
	ck_assert_int_eq(num(file, "other_calls"), 1);
	ck_assert_int_eq(num(file, "errors"), 0);
	ck_assert_int_eq(num(file, "mapped_bytes"), 0);
	ck_assert_int_eq(num(file, "distinct_bytes"), 100 + TENSOR_BYTES + 3000 + 10);
	part_is(file, "header", 1, 100, 100);
	part_is(file, "blk.0.attn_q.weight", 8, 2 * TENSOR_BYTES, TENSOR_BYTES);
	part_is(file, "blk.0.ffn_up.weight", 1, 1000, 1000);
	part_is(file, "blk.1.attn_q.weight", 0, 2000, 2000);
	part_is(file, "blk.3.ffn_up.weight", 1, 10, 10);
	ck_assert_int_eq(num(named(get(file, "parts"), "name", "blk.2.ffn_up.weight"), "read_calls"), 0);
	ck_assert_int_eq(num(named(get(file, "parts"), "name", "blk.2.ffn_up.weight"), "write_bytes"), 77);
}

START_TEST(known_reads_one_by_one)
{
	write_gguf("m.gguf");
	struct traced t = trace_ranges(known_ops(), "");
	const cJSON *file = the_file(&t);
	known_ops_are_shown(file);
	ck_assert_double_gt(get(file, "call_us")->valuedouble, 0);
	ck_assert_double_gt(get(file, "p99_us")->valuedouble, 0);
	/* the table of calls has the same, and those that opened the program and its libraries */
	ck_assert_int_ge(num(t.summary, "syscall_counts.pread64"), 9);
	traced_end();
}
END_TEST

START_TEST(by_layer_and_by_range)
{
	write_gguf("m.gguf");
	struct traced t = trace_ranges(known_ops(), "--by layer");
	part_is(the_file(&t), "blk.0", 9, 2 * TENSOR_BYTES + 1000, TENSOR_BYTES + 1000);
	part_is(the_file(&t), "blk.1", 0, 2000, 2000);
	ck_assert_str_eq(str(the_file(&t), "parts_by"), "layer");
	traced_end();
	write_gguf("m.gguf");
	t = trace_ranges(known_ops(), "--by range");
	const cJSON *range;
	int64_t bytes = 0, at = -1;
	cJSON_ArrayForEach(range, get(the_file(&t), "parts"))
	{
		bytes += num(range, "read_bytes");
		ck_assert_int_eq(num(range, "end") - num(range, "start"), 65536);
		ck_assert_int_gt(num(range, "start"), at);
		at = num(range, "start");
	}
	ck_assert_int_eq(bytes, 100 + 2 * TENSOR_BYTES + 3000 + 10);
	traced_end();
	code_is(RUN(built("bundletrace"), "--by", "page", "--", "/bin/true"), 2);
}
END_TEST

START_TEST(a_selection_restricts_files)
{
	char options[512];
	write_gguf("m.gguf");
	snprintf(options, sizeof(options), "-P %s", path);
	struct traced t = trace_ranges(known_ops(), options);
	known_ops_are_shown(the_file(&t));
	ck_assert_int_eq(cJSON_GetArraySize(get(t.summary, "files")), 1);
	traced_end();
	write_gguf("m.gguf");
	t = trace_ranges(known_ops(), "--model 'blk.0.*'");
	ck_assert_int_eq(num(the_file(&t), "read_calls"), 9);
	traced_end();
}
END_TEST

START_TEST(what_is_not_traced_is_unknown)
{
	write_gguf("m.gguf");
	struct traced t = trace_ranges(known_ops(), "-e trace=openat");
	const cJSON *file = the_file(&t);
	ck_assert_int_eq(num(file, "opens"), 1);
	ck_assert(cJSON_IsNull(get(file, "read_calls")) && cJSON_IsNull(get(file, "read_bytes")));
	ck_assert(cJSON_IsNull(get(file, "mapped_bytes")) && cJSON_IsNull(get(file, "distinct_bytes")));
	ck_assert_ptr_nonnull(str(get(t.summary, "files_not_seen"), "reads"));
	ck_assert_ptr_nonnull(str(get(t.summary, "files_not_seen"), "mappings"));
	traced_end();
}
END_TEST

START_TEST(a_recording_shows_the_same)
{
	char script[2048];
	write_gguf("m.gguf");
	snprintf(script, sizeof(script), "%s -o %s -- %s %s %s", built("bundletrace"), scratch("t.btrace"),
		built("tests/targets/ranges"), path, known_ops());
	code_is(RUN("/bin/sh", "-c", script), 0);
	remove(path);
	struct run *run = RUN(built("bundletrace"), "--read", scratch("t.btrace"), "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	known_ops_are_shown(the_file(&t));
	traced_end();
}
END_TEST

/* The cell of a row that begins so, in the column. */
static const char *cell_of(const char *csv, const char *start, const char *title)
{
	static char cell[64];
	const char *found = strstr(csv, title), *line = strstr(csv, start);
	unsigned at = 0;
	ck_assert_msg(found && line, "no %s with %s in\n%s", start, title, csv);
	for (const char *c = csv; c < found; c++)
		at += *c == ',';
	for (; at > 0; at--)
		line = strchr(line, ',') + 1;
	snprintf(cell, sizeof(cell), "%.*s", (int)strcspn(line, ",\r\n"), line);
	return cell;
}

/* Of tables alone, whatever counts the calls: the kernel side sums them up, or they come one by one. */
START_TEST(tables_alone_show_the_same)
{
	char script[2048], start[512];
	size_t len;
	write_gguf("m.gguf");
	for (unsigned selected = 0; selected < 2; selected++) { /* with -P they come one by one */
		snprintf(script, sizeof(script), "%s -c %s %s --format csv -o %s -- %s %s %s",
			built("bundletrace"), selected ? "-P" : "", selected ? path : "", scratch("t.csv"),
			built("tests/targets/ranges"), path, known_ops());
		code_is(RUN("/bin/sh", "-c", script), 0);
		const char *csv = file_text(scratch("t.csv"), &len);
		snprintf(start, sizeof(start), "file,%s,", path);
		ck_assert_str_eq(cell_of(csv, start, "read_calls"), "12");
		ck_assert_str_eq(cell_of(csv, start, "read_bytes"), "134182");
		ck_assert_str_eq(cell_of(csv, start, "write_bytes"), "77");
		ck_assert_str_eq(cell_of(csv, start, "distinct_bytes"), "68646");
		ck_assert_str_eq(cell_of(csv, "part,blk.0.attn_q.weight,", "read_bytes"), "131072");
		ck_assert_str_eq(cell_of(csv, "part,blk.0.ffn_up.weight,", "read_bytes"), "1000");
	}
}
END_TEST

START_TEST(tables_for_people)
{
	char script[2048];
	write_gguf("m.gguf");
	snprintf(script, sizeof(script), "%s -C -o %s -- %s %s %s", built("bundletrace"), scratch("t.txt"),
		built("tests/targets/ranges"), path, known_ops());
	code_is(RUN("/bin/sh", "-c", script), 0);
	size_t len;
	const char *text = file_text(scratch("t.txt"), &len);
	ck_assert_ptr_nonnull(strstr(text, " cached % file\n"));
	ck_assert_ptr_nonnull(strstr(text, "/m.gguf\n"));
	ck_assert_ptr_nonnull(strstr(text, "/m.gguf (gguf)\n"));
	ck_assert_ptr_nonnull(strstr(text, " blk.0.attn_q.weight\n"));
}
END_TEST

Suite *system_file_tables_suite(void)
{
	Suite *suite = suite_create("system_file_tables");
	TCase *tc = tcase_create("real");
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, known_reads_one_by_one);
	tcase_add_test(tc, by_layer_and_by_range);
	tcase_add_test(tc, a_selection_restricts_files);
	tcase_add_test(tc, what_is_not_traced_is_unknown);
	tcase_add_test(tc, a_recording_shows_the_same);
	tcase_add_test(tc, tables_alone_show_the_same);
	tcase_add_test(tc, tables_for_people);
	return suite;
}
