/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and what served them: of a bundle against the library's counts, and inferred ones against what a program is known
 * to do with a model file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "traced.h"

/* ---- bundles ---- */

enum { OPEN_MAX = 4096 };

/* A load between its first and its last event. */
struct open_load {
	int64_t tid, id, offset, size;
	bool over; /* another thread has loaded it: the thread loads it itself only if it was evicted at once */
};

static struct open_load open_loads[OPEN_MAX];
static unsigned open_count;

static struct open_load *open_of(int64_t tid, int64_t offset)
{
	for (unsigned i = 0; i < open_count; i++)
		if (open_loads[i].tid == tid && open_loads[i].offset == offset)
			return &open_loads[i];
	return NULL;
}

static bool is_on(const struct open_load *load, int64_t offset)
{
	return offset >= load->offset && offset < load->offset + load->size;
}

/* The thread's load of these bytes; else any of its. */
static const struct open_load *load_at(int64_t tid, int64_t offset)
{
	const struct open_load *any = NULL;
	for (unsigned i = 0; i < open_count; i++) {
		const struct open_load *load = &open_loads[i];
		if (load->tid != tid)
			continue;
		if (is_on(load, offset))
			return load;
		any = load->over ? any : load;
	}
	return any;
}

static void remove_load(unsigned i)
{
	memmove(&open_loads[i], &open_loads[i + 1], (--open_count - i) * sizeof(*open_loads));
}

static void remove_over(int64_t tid)
{
	for (unsigned i = open_count; i-- > 0;)
		if (open_loads[i].tid == tid && open_loads[i].over)
			remove_load(i);
}

static void begins(const cJSON *event)
{
	int64_t tid = num(event, "tid"), offset = num(event, "offset");
	remove_over(tid);
	struct open_load *old = open_of(tid, offset);
	if (old)
		remove_load((unsigned)(old - open_loads));
	ck_assert_int_gt(num(event, "load"), 0);
	ck_assert_uint_lt(open_count, OPEN_MAX);
	open_loads[open_count++] =
		(struct open_load){ tid, num(event, "load"), offset, num(event, "size"), false };
}

static int64_t served(const cJSON *event, const char *key)
{
	const cJSON *by = get(event, "served_by");
	return has(by, key) ? num(by, key) : 0;
}

static void ends(const cJSON *event)
{
	const struct open_load *load = open_of(num(event, "tid"), num(event, "offset"));
	ck_assert_msg(load != NULL, "a load of no miss: %s", cJSON_PrintUnformatted(event));
	ck_assert_int_eq(num(event, "load"), load->id);
	ck_assert_int_eq(served(event, "call_bytes") + served(event, "request_bytes"), load->size);
	ck_assert_int_ge(served(event, "storage_bytes"), 0);
	int64_t offset = load->offset;
	remove_load((unsigned)(load - open_loads));
	for (unsigned i = 0; i < open_count; i++)
		open_loads[i].over |= open_loads[i].offset == offset;
}

static bool of_other(int64_t id, int64_t offset)
{
	for (unsigned i = 0; i < open_count; i++)
		if (open_loads[i].id == id)
			return is_on(&open_loads[i], offset);
	return false;
}

/* A call or request of a thread. */
static void is_in_its_load(const cJSON *event)
{
	int64_t offset = is_event(event, "uring") ? (has(event, "offset") ? num(event, "offset") : 0)
						  : (is_call(event, "pread64") ? arg_num(event, 3) : -1);
	const struct open_load *load = load_at(num(event, "tid"), offset);
	if (!load) { /* threads that read for another one */
		ck_assert_msg(!has(event, "load") || of_other(num(event, "load"), offset), "in no load: %s",
			cJSON_PrintUnformatted(event));
		return;
	}
	ck_assert_msg(
		has(event, "load"), "in load %lld: %s", (long long)load->id, cJSON_PrintUnformatted(event));
	if (is_on(load, offset))
		ck_assert_int_eq(num(event, "load"), load->id);
}

static const struct {
	const char *threads, *gets, *limit;
} loaders[] = {
	{ "1", "300", "150000" },
	{ "4", "300", "150000" },
	{ "8", "100", "60000" },
	{ "1", "-60", "200000" }, /* pb_get_many() */
	{ "4", "-60", "200000" },
};

static int64_t sum_of_loads(const struct traced *t, const char *key)
{
	const cJSON *row;
	int64_t sum = 0;
	cJSON_ArrayForEach(row, get(t->summary, "loads")) sum +=
		cJSON_IsFalse(get(row, "inferred")) ? num(row, key) : 0;
	return sum;
}

START_TEST(loads_of_a_bundle)
{
	struct traced t = TRACE(built("tests/targets/loaders"), scratch("l.apbundle"), loaders[_i].threads,
		loaders[_i].gets, loaders[_i].limit);
	code_is(t.run, 0);
	trace_is_whole(&t);
	const char *line = strstr(t.run->err, "{\"misses\":");
	ck_assert_ptr_nonnull(line);
	cJSON *own = cJSON_ParseWithOpts(line, NULL, false);
	int64_t bytes = 0, loads = 0;
	const cJSON *event;
	open_count = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_event(event, "miss") || is_event(event, "prefetch")) {
			begins(event);
		} else if (is_event(event, "load")) {
			bytes += num(event, "size"), loads++;
			ends(event);
		} else if (is_event(event, "hit")) {
			remove_over(num(event, "tid"));
		} else if (is_event(event, "syscall") || is_event(event, "uring")) {
			is_in_its_load(event);
		}
	}
	ck_assert_int_gt(loads, 20);
	ck_assert_int_eq(bytes, num(own, "bytes_loaded"));
	ck_assert_int_eq(sum_of_loads(&t, "bytes"), bytes);
	ck_assert_int_eq(sum_of_loads(&t, "loads"), loads);
	ck_assert_int_eq(sum_of_loads(&t, "read_bytes") + sum_of_loads(&t, "uring_bytes"), bytes);
	ck_assert_int_eq(count_events(&t, "inferred_load"), 0);
	cJSON_Delete(own);
	traced_end();
}
END_TEST

/* ---- inferred loads ---- */

enum { TENSORS = 6, TENSOR_BYTES = 1 << 20, ALIGNED = 65536 };

/* Tensors of 1 MiB behind each other, the first at ALIGNED. */
static const char *model_file(const char *name)
{
	struct text t = { 0 };
	char tensor[64];
	put_gguf_head(&t, 3, TENSORS, 0);
	for (unsigned i = 0; i < TENSORS; i++) {
		snprintf(tensor, sizeof(tensor), "blk.%u.weight", i);
		put_gguf_tensor(&t, tensor, 512, 512, 0, ALIGNED + (uint64_t)i * TENSOR_BYTES);
	}
	put_zeros(&t, (t.len + 31) / 32 * 32 + ALIGNED + TENSORS * TENSOR_BYTES);
	ck_assert(!t.failed);
	FILE *file = fopen(scratch(name), "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(t.data, 1, t.len, file), t.len);
	ck_assert_int_eq(fclose(file), 0);
	text_free(&t);
	return scratch(name);
}

/* Where the tensors begin, in the file. */
static long data_at(void)
{
	struct text t = { 0 };
	put_gguf_head(&t, 3, TENSORS, 0);
	for (unsigned i = 0; i < TENSORS; i++)
		put_gguf_tensor(&t, "blk.0.weight", 512, 512, 0, 0);
	long at = (long)(t.len + 31) / 32 * 32 + ALIGNED;
	text_free(&t);
	return at;
}

/* `ranges FILE OPS` under bundletrace. */
static struct traced trace_ranges(const char *file, const char *options, const char *ops)
{
	char script[2048];
	snprintf(script, sizeof(script), "%s %s -f --format json -o %s -- %s", built("bundletrace"), options,
		scratch("t.json"), "/bin/sh -c '");
	size_t len = strlen(script);
	snprintf(script + len, sizeof(script) - len, "%s %s %s'", built("tests/targets/ranges"), file, ops);
	struct run *run = RUN("/bin/sh", "-c", script);
	code_is(run, 0);
	return traced_file(run, scratch("t.json"));
}

static const cJSON *named(const cJSON *list, const char *name)
{
	const cJSON *item;
	cJSON_ArrayForEach(
		item, list) if (str(item, "name") && strcmp(str(item, "name"), name) == 0) return item;
	return NULL;
}

static const cJSON *load_row(const struct traced *t, const char *name)
{
	const cJSON *row = named(get(t->summary, "loads"), name);
	ck_assert_msg(row != NULL, "no load of %s", name);
	ck_assert(cJSON_IsTrue(get(row, "inferred")));
	return row;
}

static const cJSON *part_of(const struct traced *t, const char *file, const char *name)
{
	const cJSON *f;
	cJSON_ArrayForEach(f, get(t->summary, "files")) if (str(f, "path") &&
							    strcmp(str(f, "path"), file) ==
								    0) return named(get(f, "parts"), name);
	ck_abort_msg("no file %s", file);
	return NULL;
}

/* The operation `op` on all of a tensor; a mapping is one of whole pages. */
static const char *on_tensor(char op, unsigned tensor)
{
	static char ops[4][64];
	static unsigned at;
	long start = data_at() + (long)tensor * TENSOR_BYTES, from = op == 'm' ? start & ~4095l : start;
	snprintf(ops[at % 4], sizeof(ops[0]), "%c %ld %ld", op, from, start + TENSOR_BYTES - from);
	return ops[at++ % 4];
}

/* Parts that were touched: what was only read ahead has a load, too. */
static int loads_in(const struct traced *t)
{
	const cJSON *row;
	int count = 0;
	cJSON_ArrayForEach(row, get(t->summary, "loads")) count += num(row, "bytes") > 0;
	return count;
}

/* Bytes that came into the page cache are those that the table of files has of this part. */
static void came_from_storage(const struct traced *t, const char *file, const char *name, bool any)
{
	int64_t of_load = num(load_row(t, name), "storage_bytes"),
		of_part = num(part_of(t, file, name), "storage_bytes");
	ck_assert_int_eq(of_load > 0, any);
	ck_assert_int_eq(of_load, of_part);
}

/* Whether pages can be dropped there: not on tmpfs. */
static bool has_storage(const char *file)
{
	struct traced t = trace_ranges(file, "", "d 0 99999999 p 2000000 1000000");
	bool has = num(part_of(&t, file, "blk.1.weight"), "storage_bytes") > 0;
	traced_end();
	return has;
}

START_TEST(tensors_that_are_touched)
{
	char ops[512];
	const char *file = model_file("m.gguf");
	bool storage = has_storage(file);
	file = model_file("m.gguf");
	for (unsigned cold = 0; cold < 2; cold++) {
		snprintf(ops, sizeof(ops), "%s %s %s", cold ? "d 0 99999999" : "r 8", on_tensor('m', 4),
			on_tensor('m', 1));
		struct traced t = trace_ranges(file, "", ops);
		ck_assert_int_eq(loads_in(&t), 2);
		for (unsigned i = 1; i <= 4; i += 3) {
			char name[32];
			snprintf(name, sizeof(name), "blk.%u.weight", i);
			const cJSON *row = load_row(&t, name);
			ck_assert_int_eq(num(row, "loads"), 1);
			ck_assert_int_eq(num(row, "reloads"), 0);
			/* where the page cache has large folios, one fault maps more than is told of it */
			ck_assert_int_le(num(row, "bytes"), TENSOR_BYTES);
			ck_assert_int_ge(num(row, "bytes"), TENSOR_BYTES / 2);
			ck_assert_int_gt(num(row, "faults"), 0);
			ck_assert_int_eq(num(row, "read_calls"), 0);
			came_from_storage(&t, file, name, cold && storage);
		}
	}
}
END_TEST

START_TEST(evicted_and_touched_again)
{
	char ops[512];
	const char *file = model_file("m.gguf");
	if (!has_storage(file))
		return;
	file = model_file("m.gguf");
	snprintf(ops, sizeof(ops), "%s %s z 200 %s d 0 99999999 %s", on_tensor('p', 2), on_tensor('p', 3),
		on_tensor('p', 2), on_tensor('p', 2));
	struct traced t = trace_ranges(file, "", ops);
	const cJSON *row = load_row(&t, "blk.2.weight"), *event;
	ck_assert_int_eq(num(row, "loads"), 2); /* the second read was one from the page cache */
	ck_assert_int_eq(num(row, "reloads"), 1);
	ck_assert_int_eq(num(row, "storage_bytes"), num(part_of(&t, file, "blk.2.weight"), "storage_bytes"));
	ck_assert_int_eq(num(load_row(&t, "blk.3.weight"), "loads"), 1);
	ck_assert_int_eq(num(load_row(&t, "blk.3.weight"), "reloads"), 0);
	int64_t reloads = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_event(event, "inferred_load") || !has(event, "reload"))
			continue;
		reloads++;
		ck_assert_str_eq(str(event, "part"), "blk.2.weight");
		ck_assert_str_eq(str(event, "after"), "blk.3.weight");
		ck_assert_int_gt(num(event, "gone_ns"), 0);
	}
	ck_assert_int_eq(reloads, 1);
}
END_TEST

START_TEST(two_readers_of_two_files)
{
	char script[2048];
	const char *a = model_file("a.gguf"), *b = model_file("b.gguf");
	const char *ranges = built("tests/targets/ranges");
	snprintf(script, sizeof(script),
		"%s -f --format json -o %s -- /bin/sh -c '%s %s %s %s & %s %s %s; wait'",
		built("bundletrace"), scratch("t.json"), ranges, a, on_tensor('p', 0), on_tensor('p', 5),
		ranges, b, on_tensor('p', 0));
	struct run *run = RUN("/bin/sh", "-c", script);
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	const cJSON *row, *event;
	int of_a = 0, of_b = 0, calls = 0;
	cJSON_ArrayForEach(row, get(t.summary, "loads"))
	{
		of_a += strcmp(str(row, "path"), a) == 0;
		of_b += strcmp(str(row, "path"), b) == 0;
		ck_assert_int_eq(num(row, "loads"), 1);
		ck_assert_int_eq(num(row, "bytes"), num(row, "read_bytes"));
	}
	ck_assert_int_eq(of_a, 2);
	ck_assert_int_eq(of_b, 1);
	cJSON_ArrayForEach(event, t.events)
	{
		bool reads = is_call(event, "pread64") && file_path(event) &&
			     (strcmp(file_path(event), a) == 0 || strcmp(file_path(event), b) == 0);
		calls += reads;
		ck_assert(!reads || num(event, "load") > 0);
	}
	ck_assert_int_eq(calls, 3);
}
END_TEST

Suite *system_loads_suite(void)
{
	Suite *suite = suite_create("system_loads");
	TCase *tc = tcase_create("real");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_loop_test(tc, loads_of_a_bundle, 0, sizeof(loaders) / sizeof(*loaders));
	tcase_add_test(tc, tensors_that_are_touched);
	tcase_add_test(tc, evicted_and_touched_again);
	tcase_add_test(tc, two_readers_of_two_files);
	suite_add_tcase(suite, tc);
	return suite;
}
