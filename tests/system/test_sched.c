/* SPDX-License-Identifier: BSD-2-Clause */
/* Times off the CPU, compared with what the kernel and the program itself count: /proc/PID/schedstat, the duration of calls,
 * the time that the program waited; and what a disk gives, with its own counters. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

enum { SKIPPED = 77, MEGABYTES = 4, MS = 600, WAIT_MS = 50 };

static char path[64];

/* A safetensors file with one tensor, on a disk: the working directory is not on one always. */
static void make_file(void)
{
	static char block[1 << 20];
	char head[128] = "";
	snprintf(path, sizeof(path), "/var/tmp/bundletrace-sched.%d.safetensors", getpid());
	int len = snprintf(head + 8, sizeof(head) - 8,
		"{\"w\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}", MEGABYTES << 20,
		MEGABYTES << 20);
	head[0] = (char)len;
	FILE *file = fopen(path, "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(head, 1, (size_t)len + 8, file), (size_t)len + 8);
	for (unsigned i = 0; i < MEGABYTES; i++) {
		memset(block, (int)i + 1, sizeof(block));
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

/* Takes the first processor, as others on it do. */
static struct run *spin(void)
{
	struct run *run =
		run_start(&(struct run_spec){ .argv = (const char *const[]){ "taskset", "-c", "0", "/bin/sh",
						      "-c", "echo ready; while :; do :; done", NULL } });
	run_await(run, "ready");
	return run;
}

struct sums {
	int64_t events, blocked, runnable;
};

/* Of a thread (0: any), a reason and a place (NULL: any). */
static struct sums sums_of(const struct traced *t, int64_t tid, const char *reason, const char *within)
{
	struct sums sums = { 0 };
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_event(event, "sched") || (tid && num(event, "tid") != tid) ||
			(reason && strcmp(str(event, "reason"), reason) != 0) ||
			(within && strcmp(str(event, "within"), within) != 0))
			continue;
		ck_assert_int_eq(
			num(event, "duration_ns"), num(event, "blocked_ns") + num(event, "runnable_ns"));
		if (strcmp(str(event, "reason"), "runnable") == 0)
			ck_assert_int_eq(num(event, "blocked_ns"), 0);
		sums.events++;
		sums.blocked += num(event, "blocked_ns");
		sums.runnable += num(event, "runnable_ns");
	}
	return sums;
}

static int64_t call_ns(const struct traced *t, int64_t tid, const char *name)
{
	int64_t ns = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) if (is_call(event, name) && num(event, "tid") == tid) ns +=
		num(event, "duration_ns");
	return ns;
}

static const cJSON *load_named(const struct traced *t, const char *name)
{
	const cJSON *load;
	cJSON_ArrayForEach(
		load, get(t->summary, "loads")) if (strcmp(str(load, "name"), name) == 0) return load;
	ck_abort_msg("no load of %s", name);
	return NULL;
}

/* The delay is counted by the kernel from the same switches and wake-ups, by another clock of its own, which differs by
 * microseconds for each; what it counts beyond ours are the preemptions between two calls, where the program spends less
 * than a hundredth of its time. */
START_TEST(runnable_beside_another)
{
	int64_t tid, delay, preempted;
	char ms[16];
	make_file();
	snprintf(ms, sizeof(ms), "%d", MS);
	struct run *other = spin();
	struct run *run = RUN(built("bundletrace"), "-e", "trace=pread64", "-e", "layer=sched", "--format",
		"json", "-o", scratch("t.json"), "--", "taskset", "-c", "0", built("tests/targets/offcpu"),
		"calls", path, ms);
	kill(-other->pid, SIGKILL);
	code_is(run, 0);
	ck_assert_int_eq(sscanf(run->out, "%" SCNd64 " %" SCNd64 " %" SCNd64, &tid, &delay, &preempted), 3);
	struct traced t = traced_file(run, scratch("t.json"));
	struct sums in_calls = sums_of(&t, tid, NULL, "pread64");
	ck_assert_int_gt(delay, MS * INT64_C(100000)); /* else there was nothing to see */
	ck_assert_int_le(in_calls.runnable, delay + delay / 20 + in_calls.events * 20000);
	ck_assert_int_ge(in_calls.runnable, delay - delay / 5 - in_calls.events * 20000);
	ck_assert_int_le(
		sums_of(&t, tid, "runnable", "pread64").events, preempted + in_calls.events / 10 + 2);
}
END_TEST

START_TEST(cold_reads_wait_for_the_disk)
{
	make_file();
	struct run *run = RUN(built("bundletrace"), "-e", "layer=sched", "--format", "json", "-o",
		scratch("t.json"), "--", built("tests/targets/cold"), "read", path);
	if (run_code(run) == SKIPPED)
		return;
	code_is(run, 0);
	int64_t tid;
	ck_assert_int_eq(sscanf(run->out, "%" SCNd64, &tid), 1);
	struct traced t = traced_file(run, scratch("t.json"));
	struct sums disk = sums_of(&t, tid, "disk", "read");
	ck_assert_int_gt(disk.events, 0);
	ck_assert_int_gt(disk.blocked, 0);
	ck_assert_int_le(disk.blocked + disk.runnable, call_ns(&t, tid, "read"));
	const cJSON *file;
	double disk_ns = -1;
	cJSON_ArrayForEach(
		file, get(t.summary, "files")) if (str(file, "path") && strcmp(str(file, "path"), path) == 0)
		disk_ns = cJSON_GetObjectItem(file, "disk_us")->valuedouble * 1000;
	/* its fdatasync waits too; another hook is at the same switches: microseconds apart */
	disk = sums_of(&t, tid, "disk", NULL);
	ck_assert_double_ge(disk_ns, 0);
	ck_assert_int_lt(llabs((int64_t)disk_ns - disk.blocked - disk.runnable), 50000 * disk.events);
}
END_TEST

/* `--deep=sum`: the same sums, and no event. */
START_TEST(a_lock_in_a_load)
{
	int64_t tid, waited, took;
	char ms[16];
	bool sums_only = _i == 1;
	make_file();
	snprintf(ms, sizeof(ms), "%d", WAIT_MS);
	struct run *run = RUN(built("bundletrace"), sums_only ? "--deep=sum" : "--deep", "--format", "json",
		"-o", scratch("t.json"), "--", built("tests/targets/offcpu"), "futex", path, ms);
	code_is(run, 0);
	ck_assert_int_eq(sscanf(run->out, "%" SCNd64 " %" SCNd64 " %" SCNd64, &tid, &waited, &took), 3);
	struct traced t = traced_file(run, scratch("t.json"));
	struct sums other = sums_of(&t, tid, "other", "futex");
	ck_assert_int_eq(other.events, sums_only ? 0 : 1);
	const cJSON *load = load_named(&t, "w");
	double blocked = cJSON_GetObjectItem(load, "blocked_us")->valuedouble * 1000;
	ck_assert_double_ge(blocked, WAIT_MS * 900000.0);
	ck_assert_double_le(blocked, (double)took);
	if (sums_only) {
		ck_assert_int_eq(count_events(&t, "sched"), 0);
		return;
	}
	ck_assert_int_ge(other.blocked, WAIT_MS * INT64_C(900000));
	ck_assert_int_le(other.blocked + other.runnable, waited);
	ck_assert_int_le(other.blocked + other.runnable, call_ns(&t, tid, "futex"));
	ck_assert_double_ge(blocked, (double)other.blocked);
}
END_TEST

/* Loads of the library: the table is the sum of the loads' own events. */
START_TEST(loads_without_a_cpu)
{
	struct run *other = spin();
	struct run *run = RUN(built("bundletrace"), "-e", "trace=none", "-e", "layer=sched", "--format",
		"json", "-o", scratch("t.json"), "--", "taskset", "-c", "0", built("bundle_load"), "--models",
		"8", "--size", "16M", "--limit", "32M", "--count", "40");
	kill(-other->pid, SIGKILL);
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	const cJSON *event, *load;
	double served = 0, shown = 0;
	int64_t events = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_event(event, "sched") && has(event, "load"))
			events += num(event, "runnable_ns");
		if (is_event(event, "load") && has(get(event, "served_by"), "runnable_ns"))
			served += (double)num(event, "served_by.runnable_ns");
	}
	cJSON_ArrayForEach(load, get(t.summary, "loads")) shown +=
		cJSON_GetObjectItem(load, "runnable_us")->valuedouble * 1000;
	ck_assert_double_gt(shown, 0);
	ck_assert_double_eq_tol(shown, served, 1000);
	ck_assert_double_eq_tol(shown, (double)events, 1000);
}
END_TEST

START_TEST(nothing_unless_asked_for)
{
	make_file();
	struct run *run = RUN(built("bundletrace"), "--format", "json", "-o", scratch("t.json"), "--",
		built("tests/targets/offcpu"), "futex", path, "1");
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	ck_assert_int_eq(count_events(&t, "sched"), 0);
	ck_assert(!has(load_named(&t, "w"), "blocked_us"));
	ck_assert(has(get(t.summary, "files_not_seen"), "off_cpu"));
}
END_TEST

/* ---- --measure-device ---- */

/* What the disk of the file has read for anyone; -1: it has none. */
static int64_t disk_read(void)
{
	char name[64];
	struct stat st;
	int64_t sectors = -1;
	ck_assert_int_eq(stat(path, &st), 0);
	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u/stat", major(st.st_dev), minor(st.st_dev));
	FILE *file = fopen(name, "re");
	if (!file || fscanf(file, "%*u %*u %" SCNd64, &sectors) != 1)
		sectors = -1;
	if (file)
		fclose(file);
	return sectors < 0 ? -1 : sectors * 512;
}

START_TEST(the_device_is_measured)
{
	make_file();
	int64_t before = disk_read();
	struct run *run = RUN(built("bundletrace"), "-e", _i ? "layer=block" : "layer=none",
		"--measure-device", "--format", "json", "-o", scratch("t.json"), "--",
		built("tests/targets/cold"), "direct", path);
	if (before < 0 || run_code(run) == SKIPPED)
		return;
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("t.json"));
	const cJSON *device, *measured = NULL;
	cJSON_ArrayForEach(device, get(t.summary, "devices")) if (has(device, "measured_rate")) measured =
		device;
	ck_assert_ptr_nonnull(measured);
	ck_assert_str_eq(str(measured, "measured_on"), path);
	ck_assert_int_eq(num(measured, "measured_bytes"), MEGABYTES << 20);
	ck_assert_int_gt(num(measured, "measured_rate"), 0);
	ck_assert_str_eq(str(measured, "run_rate_of"), _i ? "requests" : "waits");
	ck_assert_int_gt(num(measured, "run_rate"), 0);
	ck_assert_int_ge(
		disk_read() - before, 2 * (MEGABYTES << 20)); /* by the run, and for the measurement */
}
END_TEST

START_TEST(there_is_a_table_for_it)
{
	struct run *run = RUN(built("bundletrace"), "--measure-device", "--", "true");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "--measure-device: "));
}
END_TEST

Suite *system_sched_suite(void)
{
	Suite *suite = suite_create("system_sched");
	TCase *tc = tcase_create("real");
	tcase_add_checked_fixture(tc, NULL, remove_file);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, runnable_beside_another);
	tcase_add_test(tc, cold_reads_wait_for_the_disk);
	tcase_add_loop_test(tc, a_lock_in_a_load, 0, 2);
	tcase_add_test(tc, loads_without_a_cpu);
	tcase_add_test(tc, nothing_unless_asked_for);
	tcase_add_loop_test(tc, the_device_is_measured, 0, 2);
	tcase_add_test(tc, there_is_a_table_for_it);
	suite_add_tcase(suite, tc);
	return suite;
}
