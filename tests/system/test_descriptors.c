/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor's file is the file that the kernel reads, however the descriptor was created. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

#define READS    24 /* files that the target creates, of 1001 bytes and more */
#define TOO_DEEP 23 /* the file whose path may be truncated: 400 folders deep */

/* The path as in JSON: an invalid UTF-8 byte is U+FFFD. */
static void unescape(const char *from, char *to)
{
	while (*from && *from != '\n') {
		unsigned byte;
		if (sscanf(from, "\\x%2x", &byte) == 1) {
			if (byte > 0xf5) {
				to = stpcpy(to, "\xef\xbf\xbd");
			} else {
				*to++ = (char)byte;
			}
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static const cJSON *read_of(const struct traced *t, long length)
{
	const cJSON *event;
	cJSON_ArrayForEach(
		event, t->events) if (is_call(event, "read") && num(event, "result") == length) return event;
	ck_abort_msg("no read of %ld bytes", length);
	return NULL;
}

START_TEST(paths_are_right)
{
	/* one read each, so that one wrong path does not hide another */
	long wanted = 1001 + _i;
	const char *dir = scratch(".");
	char here[4096];
	ck_assert_ptr_nonnull(realpath(dir, here));
	struct traced t = TRACE(built("tests/targets/descriptors"), here);
	code_is(t.run, 0);
	trace_is_whole(&t);
	char line[16], expected[8192];
	snprintf(line, sizeof(line), "%ld ", wanted);
	const char *said = strstr(t.run->err, line);
	ck_assert_msg(said != NULL, "the target made no read of %ld: %s", wanted, t.run->err);
	unescape(said + strlen(line), expected);
	const char *path = file_path(read_of(&t, wanted));
	if (_i == TOO_DEEP && path && strncmp(path, "...", 3) == 0) {
		/* the beginning is missing, and the output marks it */
		path += 3;
		ck_assert_int_gt(strlen(path), 100);
		ck_assert_str_eq(path, expected + strlen(expected) - strlen(path));
		return;
	}
	ck_assert_msg(path && strcmp(path, expected) == 0, "read of %ld: expected %s, shown %s", wanted,
		expected, path ? path : "none");
}
END_TEST

START_TEST(text_escapes_names)
{
	char here[4096];
	ck_assert_ptr_nonnull(realpath(scratch("."), here));
	struct run *run = RUN(built("bundletrace"), "--", built("tests/targets/descriptors"), here);
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->err, "/bad\\377\\376 name\\n\xc3\xa9>, ..., "));
	ck_assert_ptr_null(strstr(run->err, "\xff\xfe"));
}
END_TEST

Suite *system_descriptors_suite(void)
{
	Suite *suite = suite_create("system_descriptors");
	TCase *tc = tcase_create("descriptors");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, paths_are_right, 0, READS);
	tcase_add_test(tc, text_escapes_names);
	suite_add_tcase(suite, tc);
	return suite;
}
