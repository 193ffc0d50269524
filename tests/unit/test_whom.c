/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of --comm, --uid and --cgroup. */
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/bundletrace/whom.h"
#include "tests/suites.h"

static struct text problem;

static void end_test(void)
{
	text_free(&problem);
}

START_TEST(names)
{
	struct whom whom = { 0 };
	ck_assert(whom_comm(&whom, "loader", &problem));
	ck_assert_str_eq(whom.comm, "loader");
	ck_assert_uint_eq(whom.by, WHOM_COMM);
	/* the last one counts, and nothing of an earlier one is left */
	ck_assert(whom_comm(&whom, "x", &problem));
	ck_assert(memcmp(whom.comm, "x\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
	ck_assert(whom_comm(&whom, "0123456789abcdefgh", &problem));
	ck_assert_str_eq(whom.comm, "0123456789abcde");
	ck_assert(!whom_comm(&whom, "", &problem));
}
END_TEST

START_TEST(users)
{
	static const char *const wrong[] = { "", "-1", "+1", " 1", "1x", "4294967295", "99999999999999999999",
		"no-such-user" };
	struct whom whom = { 0 };
	ck_assert(whom_user(&whom, "root", &problem));
	ck_assert_uint_eq(whom.uid, 0);
	ck_assert_uint_eq(whom.by, WHOM_UID);
	ck_assert(whom_user(&whom, "4242", &problem));
	ck_assert_uint_eq(whom.uid, 4242);
	ck_assert(whom_user(&whom, "4294967294", &problem));
	ck_assert_uint_eq(whom.uid, 4294967294u);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!whom_user(&whom, wrong[i], &problem), "%s", wrong[i]);
	ck_assert_uint_eq(whom.by, WHOM_UID);
}
END_TEST

/* The root of every mount of the machine, by the number that /proc/self/cgroup has for it. */
START_TEST(roots_of_groups)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	for (struct mntent *mount; (mount = getmntent(mounts));) {
		struct whom whom = { 0 };
		struct stat st;
		if (strncmp(mount->mnt_type, "cgroup", 6) != 0)
			continue;
		ck_assert(whom_cgroup(&whom, mount->mnt_dir, &problem));
		ck_assert_int_eq(stat(mount->mnt_dir, &st), 0);
		ck_assert_uint_eq(whom.cgroup, st.st_ino);
		ck_assert_int_eq(whom.hierarchy == 0, strcmp(mount->mnt_type, "cgroup2") == 0);
		ck_assert_uint_eq(whom.by, WHOM_CGROUP);
	}
	endmntent(mounts);
}
END_TEST

START_TEST(no_groups)
{
	static const char *const wrong[] = { "", "/tmp", "no-such-group", "/no-such-group", "cgroup.procs",
		"/proc/self" };
	struct whom whom = { 0 };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!whom_cgroup(&whom, wrong[i], &problem), "%s", wrong[i]);
	ck_assert_uint_eq(whom.by, 0);
}
END_TEST

Suite *whom_suite(void)
{
	Suite *suite = suite_create("whom");
	TCase *tc = tcase_create("whom");
	tcase_add_checked_fixture(tc, NULL, end_test);
	tcase_add_test(tc, names);
	tcase_add_test(tc, users);
	tcase_add_test(tc, roots_of_groups);
	tcase_add_test(tc, no_groups);
	suite_add_tcase(suite, tc);
	return suite;
}
