/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to disks, compared with what a program's own /proc/self/io and the disk's counters say of its reads. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

enum { SKIPPED = 77, MEGABYTES = 8, TRIES = 8 };

/* On a disk, as the working directory is not always. */
static char path[64];

static void make_file(void)
{
	char block[4096];
	snprintf(path, sizeof(path), "/var/tmp/bundletrace-block.%d", getpid());
	FILE *file = fopen(path, "wbe");
	ck_assert_ptr_nonnull(file);
	for (unsigned i = 0; i < MEGABYTES * 256; i++) {
		memset(block, (int)i, sizeof(block));
		ck_assert_uint_eq(fwrite(block, 1, sizeof(block), file), sizeof(block));
	}
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq(fsync(fileno(file)), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_file(void)
{
	unlink(path);
	traced_end();
}

/* What the program said of itself. */
struct said {
	int64_t pid, bytes, disk;
};

/* What the events have of the file. */
struct seen {
	int64_t bytes, direct, others, requests;
};

static bool is_ours(const cJSON *event)
{
	return is_event(event, "block") && has(event, "file") && str(event, "file.path") &&
	       strcmp(str(event, "file.path"), path) == 0;
}

/* Requests of others are told as such; ours are those of the program, and no byte is read twice. */
static struct seen see(const struct traced *t, const struct said *said)
{
	static bool read_already[MEGABYTES * 2048];
	struct seen seen = { 0 };
	const cJSON *event;
	memset(read_already, 0, sizeof(read_already));
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_ours(event))
			continue;
		ck_assert_str_eq(str(event, "op"), "read");
		ck_assert_int_eq(num(event, "length") % 512, 0);
		if (has(event, "others")) {
			ck_assert_int_ne(num(event, "pid"), said->pid);
			seen.others += num(event, "length");
			continue;
		}
		ck_assert_int_eq(num(event, "pid"), said->pid);
		ck_assert_int_le(num(event, "length"), num(event, "request_bytes"));
		ck_assert_int_lt(num(event, "queue_ns"), INT64_C(60000000000));
		ck_assert_int_gt(num(event, "duration_ns"), 0);
		for (int64_t at = num(event, "offset"), end = at + num(event, "length"); at < end;
			at += 512) {
			ck_assert_int_lt(at / 512, MEGABYTES * 2048);
			ck_assert_msg(!read_already[at / 512], "read twice: %" PRId64, at);
			read_already[at / 512] = true;
		}
		seen.bytes += num(event, "length");
		seen.direct += has(event, "direct") ? num(event, "length") : 0;
		seen.requests += !has(event, "same_request");
	}
	return seen;
}

static void tables_have(const struct traced *t, const struct seen *seen)
{
	const cJSON *file, *device;
	int64_t bytes = 0;
	cJSON_ArrayForEach(file, get(t->summary, "files"))
	{
		if (!str(file, "path") || strcmp(str(file, "path"), path) != 0)
			continue;
		ck_assert_int_eq(num(file, "disk_bytes"), seen->bytes);
		ck_assert_int_eq(num(file, "disk_requests"), seen->requests);
		ck_assert_int_ge(num(file, "disk_other_bytes"),
			seen->others); /* those before its name was known too */
		if (seen->requests)
			ck_assert_int_ge(num(file, "disk_in_flight"), 1);
	}
	if (!seen->bytes)
		return;
	cJSON_ArrayForEach(device, get(t->summary, "devices")) bytes += num(device, "read_bytes");
	ck_assert_int_ge(bytes, seen->bytes);
}

/* Traces `cold WAY`, and again where the kernel says that it skipped a hook. False: the machine cannot do it. */
static bool trace_cold(const char *way, struct traced *t, struct said *said)
{
	for (int i = 0; i < TRIES; i++) {
		struct run *run = RUN(built("bundletrace"), "-e", "layer=block", "--format", "json", "-o",
			scratch("t.json"), "--", built("tests/targets/cold"), way, path);
		if (run_code(run) == SKIPPED)
			return false;
		code_is(run, 0);
		ck_assert_int_eq(sscanf(run->out, "%" SCNd64 " %" SCNd64 " %" SCNd64, &said->pid,
					 &said->bytes, &said->disk),
			3);
		*t = traced_file(run, scratch("t.json"));
		if (!has(get(t->summary, "lost.by_kind"), "block"))
			return true;
	}
	ck_abort_msg("the kernel skips the hook every time");
	return false;
}

static const char *const ways[] = { "read", "mmap", "direct", "uring" };

START_TEST(cold_reads)
{
	struct traced t;
	struct said said;
	make_file();
	if (!trace_cold(ways[_i], &t, &said))
		return;
	struct seen seen = see(&t, &said);
	ck_assert_int_gt(said.bytes, 0);
	ck_assert_int_eq(seen.bytes, said.bytes);
	ck_assert_int_le(seen.bytes, said.disk);
	ck_assert_int_eq(seen.direct, strcmp(ways[_i], "direct") == 0 ? said.bytes : 0);
	tables_have(&t, &seen);
}
END_TEST

START_TEST(warm_reads_need_no_disk)
{
	struct traced t;
	struct said said;
	make_file();
	for (int i = 0; i < TRIES; i++) {
		if (!trace_cold("warm", &t, &said))
			return;
		struct seen seen = see(&t, &said);
		ck_assert_int_eq(seen.bytes, said.bytes);
		if (said.bytes == 0)
			return; /* else the machine has taken some of the file's pages */
	}
	ck_abort_msg("it never was warm");
}
END_TEST

/* Another program reads the same file: its requests are its own. */
START_TEST(others_stay_apart)
{
	char script[256];
	struct traced t;
	struct said said;
	make_file();
	snprintf(script, sizeof(script),
		"echo ready; while true; do dd if=%s of=/dev/null bs=64K iflag=direct 2>/dev/null; done",
		path);
	struct run *dd = run_start(
		&(struct run_spec){ .argv = (const char *const[]){ "/bin/sh", "-c", script, NULL } });
	run_await(dd, "ready");
	for (int i = 0; i < TRIES; i++) {
		if (!trace_cold("direct", &t, &said))
			return;
		struct seen seen = see(&t, &said);
		ck_assert_int_eq(seen.bytes, said.bytes);
		tables_have(&t, &seen);
		if (seen.others > 0)
			break;
		ck_assert_int_lt(i, TRIES - 1); /* it had no request meanwhile */
	}
	kill(-dd->pid, SIGKILL);
}
END_TEST

/* --deep=sum feeds the tables and shows no event. */
START_TEST(sums_alone)
{
	make_file();
	struct run *run = RUN(built("bundletrace"), "--deep=sum", "--format", "json", "-o", scratch("t.json"),
		"--", built("tests/targets/cold"), "read", path);
	if (run_code(run) == SKIPPED)
		return;
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	ck_assert_int_eq(count_events(&t, "block"), 0);
	const cJSON *file;
	int64_t bytes = 0;
	cJSON_ArrayForEach(
		file, get(t.summary, "files")) if (str(file, "path") && strcmp(str(file, "path"), path) == 0)
		bytes = num(file, "disk_bytes");
	ck_assert_int_gt(bytes, 0);
}
END_TEST

Suite *system_block_suite(void)
{
	Suite *suite = suite_create("system_block");
	TCase *tc = tcase_create("real");
	tcase_add_checked_fixture(tc, NULL, remove_file);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, cold_reads, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_test(tc, warm_reads_need_no_disk);
	tcase_add_test(tc, others_stay_apart);
	tcase_add_test(tc, sums_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
