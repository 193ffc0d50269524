/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pagecache layer, held against what the kernel says: mincore() before and after each step of a program, /proc/PID/io,
 * and the memory.stat of a control group with a limit.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "groups.h"
#include "tests/suites.h"
#include "traced.h"

#define PAGE        4096
#define FILE_BYTES  (20 << 20)
#define FILE_PAGES  (FILE_BYTES / PAGE)
#define LARGE_BYTES (96 << 20) /* for a group of half of it */
#define MAY_STAY    (64 << 10) /* of a file whose pages were dropped */
#define TMPFS_MAGIC 0x01021994

static const char *path;

static void make_file(long bytes)
{
	static char text[256];
	snprintf(text, sizeof(text), "%s", scratch("data"));
	path = text;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char *block = malloc(1 << 20);
	ck_assert(fd >= 0 && block);
	memset(block, 7, 1 << 20);
	for (long i = 0; i < bytes >> 20; i++)
		ck_assert_int_eq(write(fd, block, 1 << 20), 1 << 20);
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(close(fd), 0);
	free(block);
}

/* tmpfs does not tell of what it adds. */
static bool on_disk(void)
{
	struct statfs fs;
	ck_assert_int_eq(statfs(path, &fs), 0);
	return fs.f_type != TMPFS_MAGIC;
}

static void begin(void)
{
	make_file(FILE_BYTES);
}

/* ---- what was observed ---- */

static const char *const ops[] = { "added", "read_ahead", "written", "evicted", "dropped", "removed",
	"deleted" };
enum { ADDED, READ_AHEAD, WRITTEN, EVICTED, DROPPED, REMOVED, DELETED, OPS };

struct seen {
	long pages[OPS], events[OPS], back;
	const cJSON *first[OPS]; /* an event of each */
	bool cached[LARGE_BYTES / PAGE];
	long twice; /* pages that were added although they were there */
};

static int op_of(const cJSON *event)
{
	int op = 0;
	while (op < OPS && strcmp(str(event, "pages"), ops[op]) != 0)
		op++;
	ck_assert_int_lt(op, OPS);
	return op;
}

static void see(struct seen *seen, const cJSON *event)
{
	int op = op_of(event);
	long first = (long)num(event, "offset") / PAGE, count = (long)num(event, "length") / PAGE;
	ck_assert_int_eq(num(event, "length") % PAGE, 0);
	ck_assert_int_le(first + count, LARGE_BYTES / PAGE);
	ck_assert_int_ge(count, num(event, "folios"));
	ck_assert_int_le(num(event, "first_ns"), num(event, "last_ns"));
	ck_assert_int_le(num(event, "last_ns"), num(event, "time_ns"));
	seen->events[op]++;
	seen->pages[op] += count;
	seen->back += has(event, "back_bytes") ? num(event, "back_bytes") / PAGE : 0;
	if (!seen->first[op])
		seen->first[op] = event;
	for (long i = first; i < first + count; i++) {
		seen->twice += op <= WRITTEN && seen->cached[i];
		seen->cached[i] = op <= WRITTEN;
	}
}

static int by_last(const void *a, const void *b)
{
	int64_t x = num(*(const cJSON *const *)a, "last_ns"), y = num(*(const cJSON *const *)b, "last_ns");
	return (x > y) - (x < y);
}

/* What became of the file's pages, in the order in which it did: a run is emitted when the next one begins. */
static struct seen *seen_in(const struct traced *t)
{
	static struct seen seen;
	static const cJSON *found[20000];
	const cJSON *event;
	size_t count = 0;
	memset(&seen, 0, sizeof(seen));
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_event(event, "pages"))
			continue;
		ck_assert_str_eq(str(event, "layer"), "pagecache");
		if (has(event, "file") && strcmp(str(event, "file.path"), path) == 0)
			found[count++] = event;
		ck_assert_uint_lt(count, sizeof(found) / sizeof(*found));
	}
	qsort(found, count, sizeof(*found), by_last);
	for (size_t i = 0; i < count; i++)
		see(&seen, found[i]);
	ck_assert_int_eq(num(t->summary, "lost.total"), 0);
	return &seen;
}

static const char *const only_pages[] = { "-e", "trace=none", "-e", "app=none", "-e", "layer=pagecache",
	NULL };

/* The steps of tests/targets/cached, as it printed them. */
static const cJSON *steps;
static struct seen *trace_steps(const char *const list[])
{
	const char *command[16] = { "/bin/sh", "-c", "out=$1; shift; exec \"$@\" > $out", "sh",
		scratch("own"), built("tests/targets/cached"), path };
	int count = 7;
	for (; *list; list++)
		command[count++] = *list;
	struct traced t = trace_command(only_pages, command);
	steps = cJSON_Parse(file_text(scratch("own"), NULL));
	ck_assert_ptr_nonnull(steps);
	return seen_in(&t);
}

static long gone(int step)
{
	const cJSON *one = cJSON_GetArrayItem(steps, step);
	return (long)(num(one, "before") - num(one, "after"));
}

static void end(void)
{
	cJSON_Delete((cJSON *)steps);
	steps = NULL;
	traced_end();
	groups_remove();
}

/* bundletrace itself reads the beginning of a file, to see whether it is a model: once, at a time that is not known. */
#define TRACERS_PAGES 16
#define IS_BUT_FOR_THE_TRACERS(more, less)                                                                   \
	do {                                                                                                 \
		long beyond = (long)(more) - (long)(less);                                                   \
		ck_assert_msg(                                                                               \
			beyond >= 0 && beyond <= TRACERS_PAGES, "%ld, %ld", (long)(more), (long)(less));     \
	} while (0)

/* ---- added ---- */

static const struct {
	const char *how;
	bool ahead; /* read-ahead is told apart */
	bool none;  /* and there is none */
} ways[] = {
	{ "sequential", true, false },
	{ "random", true, false },
	{ "large", true, false },
	{ "touch", true, false },
	{ "scan", true, false },
	{ "random-advice", true, true },
	{ "huge-advice", false, false },
	{ "populate", false, true },
};

/* Every page that came in is there once, large folios included; and as many as the kernel read for the process. */
START_TEST(added)
{
	const char *const command[] = { "/bin/sh", "-c", "exec \"$0\" \"$1\" cold \"$2\" > \"$3\"",
		built("tests/targets/pages"), path, ways[_i].how, scratch("own"), NULL };
	if (!on_disk())
		return;
	struct traced t = trace_command(only_pages, command);
	struct seen *seen = seen_in(&t);
	steps = cJSON_Parse(file_text(scratch("own"), NULL));
	long read = (long)num(cJSON_GetArrayItem(steps, 0), "read_bytes") / PAGE;
	ck_assert_int_gt(read, 0);
	ck_assert_int_eq(seen->twice, 0);
	ck_assert_int_eq(seen->pages[ADDED] + seen->pages[READ_AHEAD], read);
	ck_assert_int_gt(seen->pages[ADDED], 0);
	if (ways[_i].none)
		ck_assert_int_eq(seen->pages[READ_AHEAD], 0);
	ck_assert_int_eq(seen->pages[WRITTEN], 0);
	ck_assert_int_gt(seen->pages[DROPPED], 0);
	/* far fewer events than pages, also where each page comes alone */
	if (strcmp(ways[_i].how, "random") != 0)
		ck_assert_int_lt(seen->events[ADDED] + seen->events[READ_AHEAD], 200);
}
END_TEST

/* What lies in what one call asked for, and what does not. */
START_TEST(ahead_of_what_was_asked)
{
	if (!on_disk())
		return;
	struct seen *seen =
		trace_steps((const char *const[]){ "drop:0:20971520", "read:1048576:65536", NULL });
	ck_assert_int_eq(seen->pages[ADDED], 16);
	ck_assert_int_eq(num(seen->first[ADDED], "offset"), 1048576);
	IS_BUT_FOR_THE_TRACERS(-gone(1), seen->pages[ADDED] + seen->pages[READ_AHEAD]);
	ck_assert(!seen->first[READ_AHEAD] || num(seen->first[READ_AHEAD], "offset") >= 1048576 + 65536);
}
END_TEST

START_TEST(written)
{
	if (!on_disk())
		return;
	struct seen *seen =
		trace_steps((const char *const[]){ "drop:0:20971520", "write:1048576:1048576", NULL });
	ck_assert_int_eq(seen->pages[WRITTEN], 256);
	IS_BUT_FOR_THE_TRACERS(-gone(1), seen->pages[WRITTEN] + seen->pages[ADDED] + seen->pages[READ_AHEAD]);
	ck_assert_int_eq(num(seen->first[WRITTEN], "offset"), 1048576);
}
END_TEST

/* ---- deleted ---- */

START_TEST(dropped)
{
	/* neither end lies at a page; and what is gone already is not told again */
	struct seen *seen = trace_steps((const char *const[]){
		"drop:1000:3000000", "drop:1000:3000000", "drop:5000000:1048576", NULL });
	ck_assert_int_gt(gone(0), 0);
	IS_BUT_FOR_THE_TRACERS(seen->pages[DROPPED], gone(0) + gone(1) + gone(2));
	ck_assert_str_eq(str(seen->first[DROPPED], "by"), "cached");
	ck_assert_int_eq(seen->pages[REMOVED] + seen->pages[EVICTED] + seen->pages[DELETED], 0);
}
END_TEST

START_TEST(removed)
{
	struct seen *seen = trace_steps((const char *const[]){
		"punch:4096:1048576", "truncate:10485760", "truncate:20000", "unlink", NULL });
	ck_assert_int_eq(gone(0), 256);
	ck_assert_int_eq(num(cJSON_GetArrayItem(steps, 2), "after"), 1);
	/* all that was there is gone in the end; a block that is cut may have to be read first */
	ck_assert_int_eq(num(cJSON_GetArrayItem(steps, 0), "before"), FILE_PAGES);
	ck_assert_int_eq(seen->pages[REMOVED],
		FILE_PAGES + seen->pages[ADDED] + seen->pages[READ_AHEAD] + seen->pages[WRITTEN]);
	ck_assert_int_eq(seen->pages[DROPPED] + seen->pages[EVICTED] + seen->pages[DELETED], 0);
}
END_TEST

/* By a process that is not traced: of the traced one's file alone. */
START_TEST(by_another_process)
{
	const char *other = scratch("other");
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert(pwrite(fd, "\n", 1, 0) == 1 && fsync(fd) == 0 && close(fd) == 0);
	RUN("cp", path, other);
	RUN(built("tests/targets/cached"), path, "drop:0:1048576");
	const char *const command[] = { "/bin/sh", "-c",
		"read -r line < \"$1\"; \"$0\" \"$2\" drop:0:20971520 > /dev/null; \"$0\" \"$1\" drop:0:20971520 > /dev/null",
		built("tests/targets/cached"), path, other, NULL };
	struct traced t = trace_command(only_pages, command);
	const cJSON *event;
	struct seen *seen = seen_in(&t);
	cJSON_ArrayForEach(event, t.events)
		ck_assert(!is_event(event, "pages") || strcmp(str(event, "file.path"), other) != 0);
	ck_assert_int_gt(seen->pages[DROPPED], FILE_PAGES / 2);
	ck_assert_str_eq(str(seen->first[DROPPED], "by"), "cached");
}
END_TEST

/* ---- evicted, and back ---- */

static long stat_of(const char *file, const char *key)
{
	char line[256], name[128];
	long value = -1, got;
	FILE *stats = fopen(file, "re");
	ck_assert_ptr_nonnull(stats);
	while (value < 0 && fgets(line, sizeof(line), stats))
		if (sscanf(line, "%127s %ld", name, &got) == 2 && strcmp(name, key) == 0)
			value = got;
	fclose(stats);
	ck_assert_msg(value >= 0, "no %s in %s", key, file);
	return value;
}

/* A group that may use half of the large file. NULL: this machine has no limits of memory. */
static const char *limited_group(void)
{
	char mount[256], limit[512];
	static const char *const files[] = { "memory.max", "memory.limit_in_bytes" };
	static const enum hierarchy versions[] = { GROUPS_VERSION_2, GROUPS_VERSION_1 };
	for (int i = 0; i < 2; i++) {
		if (!groups_mount(versions[i], mount, sizeof(mount)))
			continue;
		snprintf(limit, sizeof(limit), "bundletrace-pages-%d", (int)getpid());
		const char *group = groups_make(mount, limit);
		snprintf(limit, sizeof(limit), "%s/%s", group, files[i]);
		int fd = open(limit, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && dprintf(fd, "%d", LARGE_BYTES / 2) > 0 && close(fd) == 0)
			return group;
	}
	return NULL;
}

/* A mapping larger than the memory, read page by page in order, three times. */
START_TEST(evicted_and_back)
{
	char step[600], stats[600];
	const char *group = limited_group();
	make_file(LARGE_BYTES);
	if (!group || !on_disk())
		return;
	snprintf(step, sizeof(step), "group:%s", group);
	snprintf(stats, sizeof(stats), "%s/memory.stat", group);
	RUN(built("tests/targets/cached"), path, "drop:0:1000000000");
	long forgotten = stat_of("/proc/vmstat", "workingset_nodereclaim");
	struct seen *seen = trace_steps((const char *const[]){ step, "rounds:3", "drop:0:1000000000", NULL });
	long again = stat_of(stats, "workingset_refault_file");
	bool whole = stat_of("/proc/vmstat", "workingset_nodereclaim") == forgotten;
	ck_assert_int_eq(seen->twice, 0);
	ck_assert_int_eq(num(cJSON_GetArrayItem(steps, 2), "after"), 0);
	IS_BUT_FOR_THE_TRACERS(seen->pages[EVICTED] + seen->pages[DROPPED],
		seen->pages[ADDED] + seen->pages[READ_AHEAD] + num(cJSON_GetArrayItem(steps, 1), "before"));
	ck_assert_int_gt(seen->back, LARGE_BYTES / PAGE);
	/* the kernel forgets pages under pressure, and says so */
	ck_assert_int_ge(seen->back, again);
	if (whole)
		ck_assert_int_eq(seen->back, again);
	ck_assert_int_lt(seen->events[EVICTED] + seen->events[ADDED], LARGE_BYTES / PAGE / 4);
}
END_TEST

/* The same in the tables, where nothing but sums is asked for. */
START_TEST(sums_of_what_came_back)
{
	char step[600];
	const char *group = limited_group();
	make_file(LARGE_BYTES);
	if (!group || !on_disk())
		return;
	snprintf(step, sizeof(step), "group:%s", group);
	const char *const options[] = { "--deep=sum", "-c", NULL };
	const char *const command[] = { built("tests/targets/cached"), path, "drop:0:1000000000", step,
		"rounds:3", NULL };
	const char *argv[16] = { built("bundletrace"), "--deep=sum", "-c", "-o", scratch("text"), "--" };
	for (int i = 0; command[i]; i++)
		argv[6 + i] = command[i];
	code_is(run_program(argv), 0);
	const char *text = file_text(scratch("text"), NULL);
	ck_assert_ptr_nonnull(strstr(text, " evicted came back "));
	ck_assert_ptr_nonnull(strstr(text, " filled came back after being evicted (median "));
	ck_assert_ptr_nonnull(
		strstr(text, ": the file does not fit into memory (limit of the cgroup 48M)\n"));

	struct traced t = trace_command(options, command);
	const cJSON *file = cJSON_GetObjectItem(t.summary, "files")->child, *bucket;
	while (file && (!str(file, "path") || strcmp(str(file, "path"), path) != 0))
		file = file->next;
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(count_events(&t, "pages"), 0);
	ck_assert_int_gt(num(file, "refault_bytes"), LARGE_BYTES);
	ck_assert_int_ge(num(file, "evicted_bytes"), num(file, "refault_bytes"));
	ck_assert_int_ge(num(file, "storage_bytes"), num(file, "refault_bytes") + LARGE_BYTES - MAY_STAY);
	int64_t sum = 0;
	cJSON_ArrayForEach(bucket, get(file, "refault_us")) sum += num(bucket, "bytes");
	ck_assert_int_eq(sum, num(file, "refault_bytes"));
}
END_TEST

/* A bundle whose cache holds a part of it, all of which is in the page cache too. */
START_TEST(cached_twice)
{
	const char *bundle = scratch("twice.apbundle");
	const char *const options[] = { "--deep=sum", "-c", "-d", "1", NULL };
	const char *const command[] = { built("bundle_load"), "--file", bundle, "--models", "8", "--size",
		"1M", "--count", "100000000", "--limit", "4M", NULL };
	struct traced t = trace_command(options, command);
	const cJSON *file = cJSON_GetObjectItem(t.summary, "files")->child;
	while (file && (!str(file, "path") || strcmp(str(file, "path"), bundle) != 0))
		file = file->next;
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(num(file, "resident_bytes"), 8 << 20);
	ck_assert_int_ge(num(file, "double_bytes"), 2 << 20);
	ck_assert_int_le(num(file, "double_bytes"), 4 << 20);
}
END_TEST

/* Without the layer nothing is said of it, and null is not 0. */
START_TEST(not_asked_for)
{
	const char *const options[] = { "-C", NULL };
	const char *const command[] = { built("tests/targets/cached"), path, "drop:0:20971520", "read:0:4096",
		NULL };
	struct traced t = trace_command(options, command);
	const cJSON *file = cJSON_GetObjectItem(t.summary, "files")->child;
	ck_assert_int_eq(count_events(&t, "pages"), 0);
	ck_assert(cJSON_IsNull(get(file, "refault_bytes")) && cJSON_IsNull(get(file, "evicted_bytes")));
	ck_assert(has(get(t.summary, "files_not_seen"), "evictions"));
}
END_TEST

Suite *system_pagecache_suite(void)
{
	Suite *suite = suite_create("system_pagecache");
	TCase *tc = tcase_create("pagecache");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, added, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_test(tc, ahead_of_what_was_asked);
	tcase_add_test(tc, written);
	tcase_add_test(tc, dropped);
	tcase_add_test(tc, removed);
	tcase_add_test(tc, by_another_process);
	tcase_add_test(tc, evicted_and_back);
	tcase_add_test(tc, sums_of_what_came_back);
	tcase_add_test(tc, cached_twice);
	tcase_add_test(tc, not_asked_for);
	suite_add_tcase(suite, tc);
	return suite;
}
