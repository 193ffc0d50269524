/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments as strace prints them, including those behind pointers: the same program under both, line by
 * line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/sanitized.h"
#include "tests/suites.h"
#include "traced.h"

/* Each run starts with an empty folder of the same path. */
static void same_lines(const char *target)
{
	const char *folder = scratch("folder"), *program = built(target);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	code_is(RUN("strace", "-s", "4096", "-o", scratch("strace"), program, folder), 0);
	ck_assert_int_eq(rename(folder, scratch("used")), 0);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	code_is(RUN(built("bundletrace"), "-o", scratch("bundletrace"), "--", program, folder), 0);
	code_is(RUN("python3", "tests/system/same_calls.py", scratch("bundletrace"), scratch("strace")), 0);
}

START_TEST(behind_pointers)
{
	same_lines("tests/targets/arguments");
}
END_TEST

/* ioctl, prctl, futex and others, whose arguments depend on a command */
START_TEST(of_commands)
{
	same_lines("tests/targets/commands");
}
END_TEST

START_TEST(of_file_io)
{
	same_lines("tests/targets/fileio");
}
END_TEST

/* dup, reuse of descriptor numbers, rename of an open file, descriptors passed over a socket */
START_TEST(of_descriptors)
{
	same_lines("tests/targets/descriptors");
}
END_TEST

/* ---- what strace, which stops the program, can read better ---- */

static const char *misleading(void)
{
	struct run *run = RUN(built("bundletrace"), "-o", scratch("text"), "--",
		built("tests/targets/arguments"), scratch("."), "misleading");
	code_is(run, 0);
	return file_text(scratch("text"), NULL);
}

static void has_line(const char *text, const char *begin, const char *end)
{
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t len = strcspn(line, "\n"), tail = strlen(end);
		if (strncmp(line, begin, strlen(begin)) == 0 && len >= tail &&
			strncmp(line + len - tail, end, tail) == 0)
			return;
	}
	const char *near = strstr(text, begin);
	ck_abort_msg("no line %s ... %s in\n%.3000s", begin, end, near ? near : text);
}

START_TEST(what_was_overwritten_is_not_shown)
{
	const char *text = misleading();
	has_line(text, "prlimit64(0, RLIMIT_CORE, 0x7", "}) = 0"); /* whatever limits are set */
	has_line(text, "rt_sigprocmask(SIG_BLOCK, 0x7", ", [], 8) = 0");
	/* kept from the entry: the calls lower them */
	has_line(text, "ppoll([{fd=-1}], 1, {tv_sec=0, tv_nsec=1000}", ", NULL, 8) = 0 (Timeout)");
	has_line(text, "select(0, NULL, NULL, NULL, {tv_sec=0, tv_usec=10}", ") = 0 (Timeout)");
}
END_TEST

START_TEST(memory_that_ends_or_lies)
{
	const char *text = misleading();
	has_line(text, "writev(3",
		", {iov_base=..., iov_len=131}, ...] /* the first 32: 3696 bytes */, 40) = 4780");
	has_line(text, "writev(3", ", {iov_base=..., iov_len=131}] /* 3696 bytes */, 32) = 3696");
	has_line(text, "writev(3", ", [{iov_base=..., iov_len=7}], 1) = 7");
	has_line(text, "writev(3", "], 2) = -1 EFAULT (Bad address)");
	ck_assert_ptr_nonnull(strstr(text, ", [{iov_base=..., iov_len=7}, ... /* 0x7"));
	has_line(text, "ioctl(", ", FIONREAD, [0]) = 0");
	has_line(text, "prctl(PR_SET_NAME, \"abc\")", " = 0");
	has_line(text, "poll([{fd=", "], 1000000, 0) = -1 EINVAL (Invalid argument)");
	ck_assert_ptr_nonnull(strstr(text, ", events=0}, ... /* 0x7"));
	has_line(text, "sendmsg(",
		"msg_iovlen=1, msg_control=[{cmsg_len=9187201950435737471, cmsg_level=0x7f7f7f7f /* SOL_??? */, cmsg_type=0x7f7f7f7f}], "
		"msg_controllen=64, msg_flags=0}, 0) = -1 EFAULT (Bad address)");
	has_line(text, "sendmsg(", "msg_flags=0}, 0) = -1 EMSGSIZE (Message too long)");
	has_line(text, "clone3({flags=", ", 1099511627776) = -1 E2BIG (Argument list too long)");
	has_line(text, "getdents64(", ", 0x10, 4096) = -1 EFAULT (Bad address)");
	struct traced t = TRACE(built("tests/targets/arguments"), scratch("."), "misleading");
	code_is(t.run, 0);
	trace_is_whole(&t);
}
END_TEST

/* The recording keeps the memory behind the pointers. */
START_TEST(recordings_keep_them)
{
	code_is(RUN(built("bundletrace"), "-o", scratch("run.btrace"), "--", built("tests/targets/arguments"),
			scratch(".")),
		0);
	code_is(RUN(built("bundletrace"), "--read", scratch("run.btrace"), "-o", scratch("text")), 0);
	const char *text = file_text(scratch("text"), NULL);
	has_line(text, "fstat(3", ", {st_mode=S_IFREG|0640, st_size=1424, ...}) = 0");
	has_line(text, "connect(",
		", {sa_family=AF_UNIX, sun_path=\"missing.sock\"}, 110) = -1 ENOENT (No such file or directory)");
	has_line(text, "pipe([3<pipe:[", "]>]) = 0");
}
END_TEST

/* The longest link: 3,000 bytes, all of them, in JSON too. */
START_TEST(long_strings)
{
	struct traced t = TRACE(built("tests/targets/arguments"), scratch("."));
	code_is(t.run, 0);
	trace_is_whole(&t);
	int links = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_call(event, "readlink") || num(event, "result") != 3000)
			continue;
		const cJSON *text = cJSON_GetArrayItem(get(event, "args"), 1);
		ck_assert_uint_eq(strlen(cJSON_GetStringValue(text)), 3000);
		links++;
	}
	ck_assert_int_eq(links, 1);
}
END_TEST

Suite *system_arguments_suite(void)
{
	Suite *suite = suite_create("system_arguments");
	TCase *tc = tcase_create("arguments");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, behind_pointers);
	if (!SANITIZED) {
		tcase_add_test(tc, of_commands);
		tcase_add_test(tc, of_file_io);
		tcase_add_test(tc, of_descriptors);
	}
	tcase_add_test(tc, what_was_overwritten_is_not_shown);
	tcase_add_test(tc, memory_that_ends_or_lies);
	tcase_add_test(tc, recordings_keep_them);
	tcase_add_test(tc, long_strings);
	suite_add_tcase(suite, tc);
	return suite;
}
