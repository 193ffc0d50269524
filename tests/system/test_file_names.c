/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of open files, as /proc/PID/fd has them, or none: hard links, mounts, what was renamed or removed, files in no
 * folder, numbers used again, and tasks that share their descriptors. BUNDLETRACE_SEEDS=N runs more interleavings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

#define DELETED " (deleted)"

/* As /proc has it. */
static const char *name_of(const cJSON *call)
{
	static char name[8192];
	const char *path = has(call, "file") ? str(call, "file.path") : NULL;
	if (!path)
		return NULL;
	bool deleted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(get(call, "file"), "deleted"));
	snprintf(name, sizeof(name), "%s%s", path, deleted ? DELETED : "");
	return name;
}

static void name_is(const cJSON *call, const char *truth, const char *what)
{
	const char *name = name_of(call);
	ck_assert_msg(name && strcmp(name, truth) == 0, "%s: it is %s, the trace says %s", what, truth,
		name ? name : "nothing");
}

/* The lseek with a number, and the close of its descriptor that follows. */
static void names_are(const struct traced *t, long number, const char *truth)
{
	const cJSON *event = t->events->child;
	while (event && !(is_call(event, "lseek") && arg_num(event, 1) == number))
		event = event->next;
	ck_assert_msg(event != NULL, "no lseek of %ld, which is of %s", number, truth);
	name_is(event, truth, "lseek");
	int64_t fd = arg_num(event, 0);
	while (event && !(is_call(event, "close") && arg_num(event, 0) == fd))
		event = event->next;
	ck_assert_msg(event != NULL, "no close of %s", truth);
	name_is(event, truth, "close");
}

static void all_names_are_true(const char *const options[])
{
	struct traced t = trace_command(
		options, (const char *const[]){ built("tests/targets/names"), scratch("."), NULL });
	char *truth = strdup(t.run->err), *rest = NULL, path[4096];
	long number, lines = 0;
	code_is(t.run, 0);
	trace_is_whole(&t);
	for (char *line = strtok_r(truth, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%ld %4095[^\n]", &number, path) != 2)
			continue;
		lines++;
		names_are(&t, number, path);
	}
	free(truth);
	ck_assert_int_eq(lines, 39);
}

START_TEST(names_are_true)
{
	all_names_are_true((const char *const[]){ "-f", NULL });
}
END_TEST

/* Where the entries of calls are not hooked, those that close are. */
START_TEST(names_are_true_without_durations)
{
	all_names_are_true((const char *const[]){ "-f", "--no-durations", NULL });
}
END_TEST

/* With no call on another file in between: what is kept of the call before must not be taken for this one's. */
START_TEST(names_are_true_in_a_row)
{
	all_names_are_true((const char *const[]){ "-f", "-e", "trace=openat,dup,lseek,close", NULL });
}
END_TEST

/* Not even a part of one: an address of the kernel's has its upper 17 bits set. */
START_TEST(no_kernel_address)
{
	struct traced t = TRACE(built("tests/targets/names"), scratch("."));
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_call(event, NULL) || !has(event, "file"))
			continue;
		ck_assert_int_ge(num(event, "file.ino"), 0);
		ck_assert_int_lt(num(event, "file.ino"), 1ll << 47);
	}
}
END_TEST

/* ---- a shared table ---- */

#define OPS  20000
#define TIDS (1 << 22)

/* The file of the read by a task at an offset, plus 1; 0: it was not logged. */
struct reads {
	unsigned char *of_tid[TIDS];
	long known, unknown;
};

static void learn_reads(struct reads *reads, const char *log)
{
	int tid, offset, file;
	for (const char *line = log; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (sscanf(line, "%d %d %d", &tid, &offset, &file) != 3)
			continue;
		ck_assert(tid > 0 && tid < TIDS && offset >= 0 && offset < OPS);
		if (!reads->of_tid[tid])
			reads->of_tid[tid] = calloc(OPS, 1);
		reads->of_tid[tid][offset] = (unsigned char)(file + 1);
	}
}

static void compare_read(void *ctx, const cJSON *event, const char *line)
{
	struct reads *reads = ctx;
	if (!is_call(event, "pread64") || num(event, "result") != 1)
		return;
	int64_t tid = num(event, "tid"), offset = arg_num(event, 3);
	if (!reads->of_tid[tid] || offset >= OPS || !reads->of_tid[tid][offset])
		return;
	const char *name = has(event, "file") ? str(event, "file.path") : NULL, *last;
	int truth = reads->of_tid[tid][offset] - 1;
	reads->known += name != NULL;
	reads->unknown += name == NULL;
	if (!name)
		return;
	last = strrchr(name, '/');
	ck_assert_msg(last && strncmp(last, "/file", 5) == 0 && atoi(last + 5) == truth,
		"a read of file%d, by its content: %s", truth, line);
}

/* The truth or nothing, and the truth often. */
START_TEST(shared_descriptors)
{
	static struct reads reads;
	const char *trace = scratch("trace");
	char seed[16], ops[16];
	snprintf(seed, sizeof(seed), "%d", harness_first_seed() + _i);
	snprintf(ops, sizeof(ops), "%d", OPS);
	struct run *run = RUN(built("bundletrace"), "-f", "-e", "trace=pread64", "--format", "jsonl", "-o",
		trace, "--", built("tests/targets/sharing"), scratch("."), seed, ops);
	code_is(run, 0);
	learn_reads(&reads, run->out);
	const cJSON *summary = trace_scan(trace, 1, compare_read, &reads);
	ck_assert_int_eq(num(summary, "lost.total"), 0);
	ck_assert_int_gt(reads.known + reads.unknown, OPS / 2);
	/* how many calls race for a descriptor depends on how the threads are scheduled */
	ck_assert_msg(reads.known > reads.unknown / 2, "%ld reads have a name, %ld have none", reads.known,
		reads.unknown);
	for (int tid = 0; tid < TIDS; tid++)
		free(reads.of_tid[tid]);
	memset(&reads, 0, sizeof(reads));
}
END_TEST

Suite *system_file_names_suite(void)
{
	const char *seeds = getenv("BUNDLETRACE_SEEDS");
	int count = seeds && atoi(seeds) > 0 ? atoi(seeds) : 2;
	Suite *suite = suite_create("system_file_names");
	TCase *tc = tcase_create("names");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, names_are_true);
	tcase_add_test(tc, names_are_true_without_durations);
	tcase_add_test(tc, names_are_true_in_a_row);
	tcase_add_test(tc, no_kernel_address);
	tcase_add_loop_test(tc, shared_descriptors, 0, count);
	suite_add_tcase(suite, tc);
	return suite;
}
