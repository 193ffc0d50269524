/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop --files compared with the reports of the process that uses a file, and with the kernel's own
 * accounting. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

enum { SIZE = 3000000, PAGE = 4096, PAGES = (SIZE + PAGE - 1) / PAGE };

/* A file of SIZE bytes that begins with these bytes. */
static const char *model_file(const char *name, const void *start, size_t len)
{
	char *bytes = calloc(1, SIZE);
	memcpy(bytes, start, len);
	FILE *file = fopen(scratch(name), "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, SIZE, file), SIZE);
	ck_assert_int_eq(fclose(file), 0);
	free(bytes);
	return scratch(name);
}

static const char *gguf(const char *name)
{
	static const char start[] = "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	return model_file(name, start, sizeof(start) - 1);
}

static struct run *user_of(const char *file)
{
	const char *const argv[] = { built("tests/targets/uses"), file, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 60 });
	run_await(run, "ready");
	return run;
}

static struct run *top_of(const struct run *user)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)user->pid);
	const char *const argv[] = { built("bundletop"), "--json", "--files", "-i", "0.1", "--max-overhead",
		"off", "-p", pid, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(run, "\n");
	return run;
}

/* What a step of the user did, and what bundletop reported from then on. */
struct step {
	long reads, bytes, faults, blocks;
	int64_t seen_reads, seen_bytes, seen_faults, seen_mapped, seen_filled, cached;
	const cJSON *file;
};

static int64_t total(const cJSON *file, const char *name)
{
	return file ? num(get(file, "total"), name) : 0;
}

/* The only file of the last complete report; NULL: there is none. */
static const cJSON *last_file(struct run *top, int64_t *after)
{
	static cJSON *report;
	const char *text = run_said(top), *end = strrchr(text, '\n'), *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	cJSON_Delete(report);
	report = cJSON_ParseWithLength(line, (size_t)(end - line));
	ck_assert_ptr_nonnull(report);
	*after = num(report, "time_ns");
	ck_assert_int_le(cJSON_GetArraySize(get(report, "files")), 1);
	return get(report, "files")->child;
}

static struct step do_step(struct run *user, struct run *top, const char *letter)
{
	struct step step = { 0 };
	char said[8];
	int64_t before_ns, now_ns;
	const cJSON *file = last_file(top, &before_ns);
	int64_t before[] = { total(file, "reads"), total(file, "read_bytes"), total(file, "faults"),
		total(file, "mapped_bytes"), total(file, "filled_bytes") };
	size_t from = strlen(run_said(user));
	run_type(user, letter);
	run_type(user, "\n");
	snprintf(said, sizeof(said), "%s reads", letter);
	const char *answer = NULL;
	for (int i = 0; i < 200 && !(answer && strchr(answer, '\n')); i++, usleep(20000))
		answer = strstr(run_said(user) + from, said);
	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(sscanf(answer + 1, " reads %ld bytes %ld faults %ld blocks %ld", &step.reads,
				 &step.bytes, &step.faults, &step.blocks),
		4);
	last_file(top, &before_ns);
	do {
		usleep(50000);
		file = last_file(top, &now_ns);
	} while (now_ns < before_ns + 300000000);
	step.file = file;
	step.seen_reads = total(file, "reads") - before[0];
	step.seen_bytes = total(file, "read_bytes") - before[1];
	step.seen_faults = total(file, "faults") - before[2];
	step.seen_mapped = total(file, "mapped_bytes") - before[3];
	step.seen_filled = total(file, "filled_bytes") - before[4];
	step.cached = file && has(file, "cached_bytes") ? num(file, "cached_bytes") : -1;
	return step;
}

/* The bytes added to the page cache are those read from the disk, as the kernel accounts them; none on a
 * file system in memory. Of what was cached before, the kernel may have reclaimed some. */
static void filled_is(const struct step *step, int64_t pages)
{
	ck_assert_int_eq(step->seen_filled, (int64_t)step->blocks * 512);
	if (pages)
		ck_assert_int_eq(step->seen_filled, pages * PAGE);
	else
		ck_assert_int_le(step->seen_filled, (int64_t)PAGES * PAGE / 4);
}

START_TEST(reads_and_faults)
{
	struct run *user = user_of(gguf("weights.bin")), *top = top_of(user);
	struct step drop = do_step(user, top, "d");
	ck_assert_int_eq(drop.seen_reads, 0);

	struct step cold = do_step(user, top, "r");
	ck_assert_ptr_nonnull(cold.file);
	ck_assert_str_eq(str(cold.file, "format"), "gguf");
	ck_assert_str_eq(str(cold.file, "path"), scratch("weights.bin"));
	ck_assert_str_eq(str(cold.file, "comm"), "uses");
	ck_assert_int_eq(num(cold.file, "size"), SIZE);
	ck_assert_int_eq(cold.seen_reads, cold.reads);
	ck_assert_int_eq(cold.seen_bytes, SIZE);
	if (cold.blocks == 0)
		return; /* its file system is not on a disk */
	filled_is(&cold, PAGES);
	ck_assert(cold.cached == -1 || cold.cached == (int64_t)PAGES * PAGE);
	ck_assert_double_lt(get(cold.file, "total.hit_rate")->valuedouble, 0.01);

	struct step warm = do_step(user, top, "r");
	ck_assert_int_eq(warm.seen_bytes, SIZE);
	filled_is(&warm, 0);
	ck_assert_double_gt(get(warm.file, "total.hit_rate")->valuedouble, 0.49);

	struct step mapped = do_step(user, top, "m");
	ck_assert_int_eq(mapped.seen_reads, 0);
	/* only the touched pages fault, or nearly only these */
	ck_assert_int_le(mapped.seen_faults, mapped.faults);
	ck_assert(SANITIZED || mapped.seen_faults >= mapped.faults - 2);
	ck_assert_int_ge(mapped.seen_mapped, SIZE);
	filled_is(&mapped, 0);

	/* written bytes enter the page cache without a miss */
	do_step(user, top, "d");
	struct step written = do_step(user, top, "w");
	ck_assert_int_eq(written.seen_filled, 0);

	do_step(user, top, "d");
	struct step mapped_cold = do_step(user, top, "m");
	ck_assert(SANITIZED || mapped_cold.seen_faults >= mapped_cold.faults - 2);
	ck_assert_int_le(mapped_cold.seen_faults, 2 * mapped_cold.faults);
	ck_assert_int_gt(mapped_cold.seen_faults, 0);
	filled_is(&mapped_cold, PAGES);
}
END_TEST

/* By content: only the model files among these. */
static const struct {
	const char *name, *start, *format;
	size_t len;
} kinds[] = {
	{ "tensors.dat", "\x10\0\0\0\0\0\0\0{\"a\":{}}        ", "safetensors", 24 },
	{ "text.gguf", "not a model, whatever it is called", NULL, 34 },
	{ "short.bin", "GGU", NULL, 3 },
};

START_TEST(by_content)
{
	const char *path = model_file(kinds[_i].name, kinds[_i].start, kinds[_i].len);
	struct run *idle = user_of(path), *top = top_of(idle);
	run_type(idle, "r\n");
	run_await(idle, "r reads");
	usleep(350000);
	int64_t when;
	const cJSON *file = last_file(top, &when);
	if (!kinds[_i].format) {
		ck_assert_ptr_null(file);
		return;
	}
	ck_assert_ptr_nonnull(file);
	ck_assert_str_eq(str(file, "format"), kinds[_i].format);
}
END_TEST

/* A process that ends before it can be examined. */
START_TEST(short_processes)
{
	const char *path = gguf("short.gguf");
	const char *const argv[] = { built("bundletop"), "-b", "--files", "-i", "0.5", "--max-overhead",
		"off", NULL };
	struct run *top = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(top, "\n");
	struct run *user = RUN(built("tests/targets/uses"), path, "r");
	char row[32];
	snprintf(row, sizeof(row), "%d uses", (int)user->pid);
	run_await(top, row);
	const char *line = strstr(run_said(top), row);
	ck_assert_msg(strstr(line, "gguf") && strstr(line, path), "%s", line);
}
END_TEST

Suite *system_top_files_suite(void)
{
	Suite *suite = suite_create("system_top_files");
	TCase *tc = tcase_create("files");
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, reads_and_faults);
	tcase_add_loop_test(tc, by_content, 0, (int)(sizeof(kinds) / sizeof(*kinds)));
	tcase_add_test(tc, short_processes);
	suite_add_tcase(suite, tc);
	return suite;
}
