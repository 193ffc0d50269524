/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop --files where reads cost more than they may: they are not counted, and what was counted is not shown as all. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

/* A model file without models. */
static const char *gguf(void)
{
	static const char bytes[16384] = "GGUF\3";
	FILE *file = fopen(scratch("busy.gguf"), "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	ck_assert_int_eq(fclose(file), 0);
	return scratch("busy.gguf");
}

/* Calls of read() and the like that a process has made. */
static int64_t calls_made(const struct run *user)
{
	char path[32];
	int64_t calls = 0;
	snprintf(path, sizeof(path), "/proc/%d/io", (int)user->pid);
	const char *line = strstr(RUN("cat", path)->out, "syscr: ");
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, "syscr: %" SCNd64, &calls), 1);
	return calls;
}

static struct run *top_once_of(const struct run *user, const char *output)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)user->pid);
	return RUN(built("bundletop"), output, "--files", "--once", "-i", "1.5", "--max-overhead", "0.1",
		"-p", pid);
}

/* Reads without a pause, which a low limit of overhead forbids to count. */
START_TEST(reads_cost_too_much)
{
	static const char reader[] = "import os,sys; f=os.open(sys.argv[1],0); print('ready',flush=True)\n"
				     "while 1: os.pread(f,8,0)";
	const char *path = gguf();
	const char *const argv[] = { "python3", "-c", reader, path, NULL };
	struct run *user = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(user, "ready\n");
	struct run *top = top_once_of(user, "--json");
	code_is(top, 0);
	const cJSON *files = get(traced_json(top), "files"), *file = files->child;
	static const char *const parts[] = { "interval", "total" };
	ck_assert_int_eq(cJSON_GetArraySize(files), 1);
	for (int i = 0; i < 2; i++) {
		const cJSON *part = get(file, parts[i]);
		ck_assert(cJSON_IsTrue(get(part, "partial")));
		ck_assert(cJSON_IsNull(get(part, "hit_rate")));
		ck_assert_str_eq(str(part, "hit_unknown"), "reads were not counted all the time");
		ck_assert_int_lt(num(part, "reads"), calls_made(user));
	}
	top = top_once_of(user, "-b");
	code_is(top, 0);
	char row[32], why[256];
	snprintf(row, sizeof(row), "%d python3 ", (int)user->pid);
	const char *line = strstr(top->out, row);
	ck_assert_msg(line != NULL, "%s", top->out);
	int size, in_cache, rates;
	ck_assert_int_eq(sscanf(line, "%*d python3 gguf %d%*s %d%*s - - %d", &size, &in_cache, &rates), 3);
	snprintf(why, sizeof(why), "\n- in %d %s: reads were not counted all the time\n", (int)user->pid,
		path);
	ck_assert_msg(strstr(top->out, why) != NULL, "%s", top->out);
	kill(user->pid, SIGKILL);
}
END_TEST

Suite *system_top_partial_suite(void)
{
	Suite *suite = suite_create("system_top_partial");
	TCase *tc = tcase_create("partial");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, reads_cost_too_much);
	suite_add_tcase(suite, tc);
	return suite;
}
