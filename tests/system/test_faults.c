/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults as events, against a program that touches known pages of a mapped file, and against getrusage. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

enum { PAGE = 4096, PAGES = 4096, TOUCHED = 300 };

/* What the program did. */
struct touches {
	long pages[TOUCHED];
	long major, minor;
};

static const char *file;

/* Of holes alone: nothing of it is in the page cache yet. `warm`: all of it is. */
static void make_file(bool warm)
{
	char page[PAGE];
	file = scratch("touched.bin");
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)PAGES * PAGE), 0);
	for (int i = 0; warm && i < PAGES; i++)
		ck_assert_int_eq(pread(fd, page, PAGE, (off_t)i * PAGE), PAGE);
	close(fd);
}

static struct touches touches_of(const struct run *run)
{
	struct touches t;
	char *at = run->out;
	for (int i = 0; i < TOUCHED; i++)
		t.pages[i] = strtol(at, &at, 10);
	t.major = strtol(at, &at, 10);
	t.minor = strtol(at, &at, 10);
	return t;
}

static struct traced touch(const char *faults, const char *how, struct touches *touches)
{
	char count[16];
	snprintf(count, sizeof(count), "%d", TOUCHED);
	struct run *run = RUN(built("bundletrace"), "-e", faults, "--format", "json", "-o", scratch("t.json"),
		"--", built("tests/targets/touches"), file, how, count);
	code_is(run, 0);
	*touches = touches_of(run);
	return traced_file(run, scratch("t.json"));
}

static bool is_fault_on(const cJSON *event)
{
	return strcmp(str(event, "event"), "fault") == 0 && has(event, "file") &&
	       strcmp(str(event, "file.path"), file) == 0;
}

/* Each fault is on a page that the program touched, in that order. Returns their number. */
static int faults_are_touches(const struct traced *t, const struct touches *touches, int *major)
{
	const cJSON *event;
	int faults = 0, at = 0;
	*major = 0;
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_fault_on(event))
			continue;
		ck_assert_msg(!has(event, "around"), "the page of a fault is not known");
		ck_assert_int_eq(num(event, "length"), PAGE);
		while (at < TOUCHED && touches->pages[at] != num(event, "offset") / PAGE)
			at++;
		ck_assert_msg(at < TOUCHED, "page %lld was not touched, or not then",
			(long long)num(event, "offset") / PAGE);
		at++;
		faults++;
		*major += strcmp(str(event, "fault"), "major") == 0;
	}
	return faults;
}

static const struct {
	const char *how;
	bool cold;
} ways[] = { { "plain", true }, { "plain", false }, { "random", true }, { "random", false }, { "huge", true },
	{ "populate", true } };

START_TEST(each_is_a_page_that_was_touched)
{
	struct touches touches;
	int major;
	make_file(!ways[_i].cold);
	struct traced t = touch("fault=all", ways[_i].how, &touches);
	int faults = faults_are_touches(&t, &touches, &major);
	ck_assert_int_eq(major, touches.major);
	/* those of huge pages are not seen; the program's own stack and data fault too */
	ck_assert_int_le(faults, touches.major + touches.minor);
	if (strcmp(ways[_i].how, "populate") == 0)
		ck_assert_int_eq(faults, 0);
	else
		ck_assert_int_gt(faults, 0);
	/* without read-ahead each page is a fault of its own */
	if (strcmp(ways[_i].how, "random") == 0 && ways[_i].cold)
		ck_assert_int_eq(faults, TOUCHED);
}
END_TEST

/* What the tracer itself reads of the file, to know its format, leaves the page cache as it was. */
START_TEST(page_cache_is_left_alone)
{
	struct touches touches;
	static unsigned char in[PAGES];
	int resident = 0;
	make_file(false);
	touch("fault=all", "random", &touches);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *at = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(at != MAP_FAILED);
	ck_assert_int_eq(mincore(at, (size_t)PAGES * PAGE, in), 0);
	for (int i = 0; i < PAGES; i++)
		resident += in[i] & 1;
	munmap(at, (size_t)PAGES * PAGE);
	close(fd);
	ck_assert_int_eq(resident, TOUCHED);
}
END_TEST

/* A file with data on the disk, and none of it in the page cache. */
static void make_cold(void)
{
	char page[PAGE];
	file = scratch("touched.bin");
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	memset(page, 7, sizeof(page));
	for (int i = 0; i < PAGES; i++)
		ck_assert_int_eq(write(fd, page, PAGE), PAGE);
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
}

/* What faults wait for the disk is in the table of files as in the events, and is a part of their time. */
START_TEST(waits_are_counted)
{
	struct touches touches;
	const cJSON *event, *row, *found = NULL;
	double waited = 0, took = 0;
	make_cold();
	struct traced t = touch("fault=all", "random", &touches);
	cJSON_ArrayForEach(event, t.events) if (is_fault_on(event))
	{
		if (has(event, "disk_ns"))
			waited += (double)num(event, "disk_ns") / 1000;
		if (strcmp(str(event, "fault"), "major") == 0)
			took += (double)num(event, "duration_ns") / 1000;
	}
	cJSON_ArrayForEach(row, get(t.summary, "files")) if (str(row, "path") &&
							     strcmp(str(row, "path"), file) == 0) found = row;
	ck_assert_ptr_nonnull(found);
	ck_assert_int_gt(touches.major, 0);
	if (get(found, "storage_bytes")->valuedouble > 0 && waited == 0)
		return; /* its file system is not on a disk */
	double disk = get(found, "disk_us")->valuedouble, fault = get(found, "fault_us")->valuedouble;
	ck_assert_msg(
		disk > waited - 1 && disk < waited + 1, "%f us in the table, %f in events", disk, waited);
	ck_assert_msg(fault > took - 1 && fault >= disk, "%f us in faults, %f in events, %f for the disk",
		fault, took, disk);
}
END_TEST

START_TEST(major_alone)
{
	struct touches touches;
	int major;
	make_file(false);
	struct traced t = touch("fault=major", "random", &touches);
	ck_assert_int_eq(faults_are_touches(&t, &touches, &major), touches.major);
	ck_assert_int_eq(major, touches.major);
	ck_assert_int_gt(major, 0);
}
END_TEST

/* A recording shows what the run did, and -e chooses from it. */
START_TEST(recorded)
{
	struct touches touches;
	char count[16];
	make_file(false);
	snprintf(count, sizeof(count), "%d", TOUCHED);
	struct run *run = RUN(built("bundletrace"), "-e", "fault=all", "-o", scratch("t.btrace"), "--",
		built("tests/targets/touches"), file, "random", count);
	code_is(run, 0);
	touches = touches_of(run);
	static const char *const chosen[][2] = { { "fault=all", "all" }, { "fault=major", "major" },
		{ "fault=none", "none" }, { "layer=fault", "all" } };
	for (unsigned i = 0; i < sizeof(chosen) / sizeof(*chosen); i++) {
		struct traced t =
			traced_file(RUN(built("bundletrace"), "--read", scratch("t.btrace"), "-e",
					    chosen[i][0], "--format", "json", "-o", scratch("r.json")),
				scratch("r.json"));
		int faults = 0;
		const cJSON *event;
		cJSON_ArrayForEach(event, t.events) faults += is_fault_on(event);
		if (strcmp(chosen[i][1], "none") == 0)
			ck_assert_int_eq(faults, 0);
		else if (strcmp(chosen[i][1], "major") == 0)
			ck_assert_int_eq(faults, touches.major);
		else
			ck_assert_int_eq(faults, TOUCHED);
	}
}
END_TEST

START_TEST(wrong_words_are_refused)
{
	struct run *run = RUN(built("bundletrace"), "-e", "fault=some", "--", "true");
	code_is(run, 2);
	ck_assert_msg(strstr(run->err, "major, all or none") != NULL, "%s", run->err);
	run = RUN(built("bundletrace"), "--deep=some", "--", "true");
	code_is(run, 2);
}
END_TEST

Suite *system_faults_suite(void)
{
	Suite *suite = suite_create("system_faults");
	TCase *tests = tcase_create("faults");
	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, NULL, traced_end);
	tcase_add_loop_test(tests, each_is_a_page_that_was_touched, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_test(tests, page_cache_is_left_alone);
	tcase_add_test(tests, waits_are_counted);
	tcase_add_test(tests, major_alone);
	tcase_add_test(tests, recorded);
	tcase_add_test(tests, wrong_words_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
