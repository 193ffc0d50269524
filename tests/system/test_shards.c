/* SPDX-License-Identifier: BSD-2-Clause */
/* Models in several files, of a process that reads their parts in a mixed order: dd and Python say themselves what they read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "traced.h"

enum { SHARDS = 3, READS = 400 };

static const unsigned tensors[SHARDS] = { 3, 5, 2 };
static char names[SHARDS][64]; /* of the files */
static char model[512];        /* its path */

static void save(const char *name, struct text *t)
{
	FILE *file = fopen(scratch(name), "wbe");
	ck_assert(file && !t->failed);
	ck_assert_uint_eq(fwrite(t->data, 1, t->len, file), t->len);
	ck_assert_int_eq(fclose(file), 0);
	text_free(t);
}

static void write_safetensors(void)
{
	struct index_entry entries[SHARDS];
	struct text t = { 0 };
	for (unsigned i = 0, first = 0; i < SHARDS; first += tensors[i++]) {
		snprintf(names[i], sizeof(names[i]), "net-%05u-of-00003.safetensors", i + 1);
		entries[i] = (struct index_entry){ names[i], tensors[i] };
		put_safetensors_shard(&t, first, tensors[i]);
		save(names[i], &t);
	}
	put_index(&t, entries, SHARDS);
	save("net.safetensors.index.json", &t);
	snprintf(model, sizeof(model), "%s", scratch("net"));
}

static void write_gguf(void)
{
	struct text t = { 0 };
	for (unsigned i = 0, first = 0; i < SHARDS; first += tensors[i++]) {
		snprintf(names[i], sizeof(names[i]), "net-%05u-of-00003.gguf", i + 1);
		put_gguf_split(&t, i, SHARDS, 10, first, tensors[i]);
		save(names[i], &t);
	}
	snprintf(model, sizeof(model), "%s", scratch("net"));
}

/* Reads of random lengths at random places of random parts; then what it read of each, a line each. */
static void write_reader(void)
{
	FILE *script = fopen(scratch("reader.py"), "we");
	ck_assert_ptr_nonnull(script);
	fprintf(script,
		"import os, random\n"
		"random.seed(42)\n"
		"fds = [os.open(p, os.O_RDONLY) for p in ('%s/%s', '%s/%s', '%s/%s')]\n"
		"calls, total = [0] * 3, [0] * 3\n"
		"for i in range(%d):\n"
		"    k = random.randrange(3)\n"
		"    total[k] += len(os.pread(fds[k], random.randrange(1, 6000), random.randrange(0, 20000)))\n"
		"    calls[k] += 1\n"
		"open('%s/truth', 'w').write(' '.join(map(str, calls + total)))\n",
		scratch(""), names[0], scratch(""), names[1], scratch(""), names[2], READS, scratch(""));
	ck_assert_int_eq(fclose(script), 0);
}

struct truth {
	long long calls[SHARDS], bytes[SHARDS];
};

static struct truth truth(void)
{
	size_t len;
	struct truth t;
	const char *text = file_text(scratch("truth"), &len);
	ck_assert_int_eq(sscanf(text, "%lld %lld %lld %lld %lld %lld", &t.calls[0], &t.calls[1], &t.calls[2],
				 &t.bytes[0], &t.bytes[1], &t.bytes[2]),
		6);
	return t;
}

static const cJSON *with(const cJSON *list, const char *key, const char *value)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, list) if (str(item, key) && strcmp(str(item, key), value) == 0) return item;
	ck_abort_msg("nothing with %s %s", key, value);
}

/* The model is the sum of its files, and they are what the process read. */
static void is_true(const struct traced *t, const char *format)
{
	const struct truth real = truth();
	const cJSON *models = get(t->summary, "models"), *sum = with(models, "path", model), *part;
	long long calls = 0, bytes = 0, of_parts = 0;
	ck_assert_int_eq(cJSON_GetArraySize(models), 1);
	for (unsigned i = 0; i < SHARDS; i++) {
		const cJSON *file = with(get(t->summary, "files"), "path", scratch(names[i]));
		ck_assert_str_eq(str(file, "model"), model);
		ck_assert_int_eq(num(file, "shard"), i);
		ck_assert_int_eq(num(file, "read_calls"), real.calls[i]);
		ck_assert_int_eq(num(file, "read_bytes"), real.bytes[i]);
		calls += real.calls[i];
		bytes += real.bytes[i];
	}
	ck_assert_str_eq(str(sum, "format"), format);
	ck_assert_int_eq(num(sum, "shards"), SHARDS);
	ck_assert_int_eq(num(sum, "shards_used"), SHARDS);
	ck_assert_int_eq(num(sum, "shards_missing"), 0);
	ck_assert_int_eq(num(sum, "opens"), SHARDS);
	ck_assert_int_eq(num(sum, "read_calls"), calls);
	ck_assert_int_eq(num(sum, "read_bytes"), bytes);
	ck_assert_int_eq(calls, READS);
	cJSON_ArrayForEach(part, get(sum, "parts")) of_parts += num(part, "read_bytes");
	ck_assert_int_eq(of_parts, bytes);
	ck_assert_int_eq(num(sum, "tensors_in_several"), 0);
}

static void read_mixed(void (*write_files)(void), const char *format)
{
	char command[2048];
	write_files();
	write_reader();
	snprintf(command, sizeof(command), "%s -f --format json -o %s -- python3 -S %s", built("bundletrace"),
		scratch("t.json"), scratch("reader.py"));
	struct run *run = RUN("/bin/sh", "-c", command);
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	is_true(&t, format);
}

START_TEST(safetensors_in_a_mixed_order)
{
	read_mixed(write_safetensors, "safetensors");
}
END_TEST

START_TEST(gguf_in_a_mixed_order)
{
	read_mixed(write_gguf, "gguf");
}
END_TEST

/* A recording shows the same when the files are gone. */
START_TEST(from_a_recording)
{
	char command[2048];
	write_safetensors();
	write_reader();
	snprintf(command, sizeof(command), "%s -f -o %s -- python3 -S %s && rm %s", built("bundletrace"),
		scratch("t.btrace"), scratch("reader.py"), scratch("net*"));
	code_is(RUN("/bin/sh", "-c", command), 0);
	struct run *run = RUN(built("bundletrace"), "--read", scratch("t.btrace"), "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	is_true(&t, "safetensors");
}
END_TEST

/* Summed up in the kernel. Two of three files are read, in calls that take longer than any other file; the third is not there. */
START_TEST(parts_that_are_missing)
{
	char command[2048];
	size_t len;
	write_safetensors();
	snprintf(command, sizeof(command),
		"rm %s; %s -f -c -o %s -- /bin/sh -c "
		"'dd if=%s of=/dev/null bs=7 count=1000; dd if=%s of=/dev/null bs=5 skip=200 count=500; "
		"dd if=%s of=/dev/null bs=2 count=1000'",
		scratch(names[1]), built("bundletrace"), scratch("t.txt"), scratch(names[2]),
		scratch(names[0]), scratch(names[2]));
	code_is(RUN("/bin/sh", "-c", command), 0);
	const char *text = file_text(scratch("t.txt"), &len), *row;
	char expected[1024];
	snprintf(expected, sizeof(expected), " %s (2 of 3 shards)\n", model);
	ck_assert_ptr_nonnull(row = strstr(text, expected));
	while (row > text && row[-1] != '\n')
		row--;
	ck_assert_msg(strstr(row, "   2500     11K ") != NULL, "not 2500 reads of 11500 bytes:\n%s", row);
	ck_assert_ptr_nonnull(strstr(row, "  net-00001-of-00003.safetensors\n"));
	ck_assert_ptr_nonnull(strstr(row, "  net-00003-of-00003.safetensors\n"));
	snprintf(expected, sizeof(expected), "\n%s: 1 of its 3 files is not there\n", model);
	ck_assert_ptr_nonnull(strstr(text, expected));
	snprintf(expected, sizeof(expected), "\n%s (2 of 3 shards) (safetensors)\n", model);
	ck_assert_ptr_nonnull(strstr(text, expected));
}
END_TEST

/* Mapped files are parts all the same. */
START_TEST(mapped_parts)
{
	char command[2048];
	write_gguf();
	snprintf(command, sizeof(command),
		"%s -f --format json -o %s -- /bin/sh -c '%s %s m 0 8192; %s %s m 4096 4096'",
		built("bundletrace"), scratch("t.json"), built("tests/targets/ranges"), scratch(names[0]),
		built("tests/targets/ranges"), scratch(names[1]));
	struct run *run = RUN("/bin/sh", "-c", command);
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	const cJSON *sum = with(get(t.summary, "models"), "path", model);
	ck_assert_int_eq(num(sum, "shards_used"), 2);
	ck_assert_int_eq(num(sum, "mapped_bytes"), 12288);
	ck_assert_int_ge(num(sum, "minor_faults") + num(sum, "major_faults"), 2);
}
END_TEST

/* ---- bundletop ---- */

/* Reads parts of two of the files when it is told to, and says what it has read. */
static struct run *start_user(void)
{
	FILE *script = fopen(scratch("user.py"), "we");
	ck_assert_ptr_nonnull(script);
	fprintf(script,
		"import os, random\n"
		"random.seed(7)\n"
		"fds = [os.open(p, os.O_RDONLY) for p in ('%s/%s', '%s/%s')]\n"
		"print('ready', flush=True)\n"
		"input()\n"
		"total = [0, 0]\n"
		"for i in range(%d):\n"
		"    k = random.randrange(2)\n"
		"    total[k] += len(os.pread(fds[k], random.randrange(1, 6000), random.randrange(0, 8000)))\n"
		"print('done', *total, flush=True)\n"
		"input()\n",
		scratch(""), names[0], scratch(""), names[2], READS);
	ck_assert_int_eq(fclose(script), 0);
	const char *const argv[] = { "/usr/bin/env", "python3", "-S", scratch("user.py"), NULL };
	struct run *user = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 90 });
	run_await(user, "ready");
	return user;
}

static struct run *start_top(const struct run *user, const char *format)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)user->pid);
	const char *const argv[] = { built("bundletop"), format, "--files", "-i", "0.5", "--max-overhead",
		"off", "-p", pid, NULL };
	struct run *top = run_start(&(struct run_spec){ .argv = argv, .seconds = 90 });
	run_await(top, "\n");
	return top;
}

/* Has it read, and waits until reports have that. */
static void read_now(struct run *user, long long bytes[2])
{
	run_type(user, "\n");
	run_await(user, "done");
	usleep(100000);
	ck_assert_int_eq(sscanf(strstr(run_said(user), "done"), "done %lld %lld", &bytes[0], &bytes[1]), 2);
	usleep(1500000);
}

static const char *last_line(struct run *run)
{
	const char *text = run_said(run), *end = strrchr(text, '\n'), *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	return line;
}

START_TEST(bundletop_sums_up_the_files_of_a_model)
{
	long long bytes[2];
	write_gguf();
	struct run *user = start_user(), *top = start_top(user, "--json");
	read_now(user, bytes);
	cJSON *report = cJSON_Parse(last_line(top));
	ck_assert_ptr_nonnull(report);
	const cJSON *sums = get(report, "models"), *files = get(report, "files");
	ck_assert_int_eq(cJSON_GetArraySize(sums), 1);
	ck_assert_int_eq(cJSON_GetArraySize(files), 2);
	const cJSON *sum = with(sums, "path", model);
	ck_assert_int_eq(num(sum, "shards"), SHARDS);
	ck_assert_int_eq(num(sum, "shards_used"), 2);
	ck_assert_str_eq(str(sum, "format"), "gguf");
	ck_assert_int_eq(num(sum, "total.reads"), READS);
	ck_assert_int_eq(num(sum, "total.read_bytes"), bytes[0] + bytes[1]);
	for (unsigned i = 0; i < 2; i++) {
		const cJSON *file = with(files, "path", scratch(names[2 * i]));
		ck_assert_str_eq(str(file, "model"), model);
		ck_assert_int_eq(num(file, "total.read_bytes"), bytes[i]);
	}
	cJSON_Delete(report);
	run_type(user, "\n");
}
END_TEST

START_TEST(bundletop_shows_models_for_people)
{
	long long bytes[2];
	char expected[1024];
	write_safetensors();
	struct run *user = start_user(), *top = start_top(user, "-b");
	read_now(user, bytes);
	snprintf(expected, sizeof(expected), " %s (2 of 3 shards)\n", model);
	const char *text = run_said(top), *row = strstr(text, expected);
	ck_assert_msg(row != NULL, "no %s in\n%s", expected, text);
	const char *first = strstr(row, "   net-00001-of-00003.safetensors\n"),
		   *second = strstr(row, "   net-00003-of-00003.safetensors\n");
	ck_assert(first && second && second - row < 1000);
	run_type(user, "\n");
}
END_TEST

Suite *system_shards_suite(void)
{
	Suite *suite = suite_create("system_shards");
	TCase *tc = tcase_create("real");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, safetensors_in_a_mixed_order);
	tcase_add_test(tc, gguf_in_a_mixed_order);
	tcase_add_test(tc, from_a_recording);
	tcase_add_test(tc, parts_that_are_missing);
	tcase_add_test(tc, mapped_parts);
	tcase_add_test(tc, bundletop_sums_up_the_files_of_a_model);
	tcase_add_test(tc, bundletop_shows_models_for_people);
	return suite;
}
