/* SPDX-License-Identifier: BSD-2-Clause */
/* Control groups by their folder, by their path below a root, and the processes in them: this process. */
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/kernel/cgroup.h"
#include "tests/suites.h"

/* Calls `each` for every hierarchy that is mounted. */
static void each_root(void (*each)(const struct mntent *mount))
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	for (struct mntent *mount; (mount = getmntent(mounts));)
		if (strncmp(mount->mnt_type, "cgroup", 6) == 0)
			each(mount);
	endmntent(mounts);
}

static void finds_root(const struct mntent *mount)
{
	struct cgroup group;
	struct stat st;
	ck_assert(cgroup_find(mount->mnt_dir, &group));
	ck_assert_str_eq(group.folder, mount->mnt_dir);
	ck_assert_int_eq(stat(mount->mnt_dir, &st), 0);
	ck_assert_uint_eq(group.id, st.st_ino);
	ck_assert_int_eq(group.hierarchy == 0, strcmp(mount->mnt_type, "cgroup2") == 0);
	ck_assert_uint_ne(group.hierarchy, CGROUP_HIERARCHY_UNKNOWN);
	free(group.folder);
}

START_TEST(by_folder)
{
	each_root(finds_root);
}
END_TEST

/* The best of those for which each_root() has called this. */
static const char *wanted;
static char best[256];
static int best_rank;

static void rank_root(const struct mntent *mount)
{
	char members[512];
	int rank = strcmp(mount->mnt_type, "cgroup2") == 0 ? 3 : hasmntopt(mount, "memory") ? 2 : 1;
	snprintf(members, sizeof(members), "%s/%s/cgroup.procs", mount->mnt_dir, wanted);
	if (rank <= best_rank || access(members, R_OK))
		return;
	best_rank = rank;
	snprintf(best, sizeof(best), "%s/%s", mount->mnt_dir, wanted);
}

/* Below a root, with and without the slash: version 2 first, then the memory controller's. */
START_TEST(below_a_root)
{
	static const char *const names[] = { "/", "" };
	for (int i = 0; i < 2; i++) {
		struct cgroup group;
		struct stat st;
		wanted = "";
		best_rank = 0;
		each_root(rank_root);
		if (!best_rank)
			return; /* nothing is mounted */
		ck_assert(cgroup_find(names[i], &group));
		ck_assert_int_eq(stat(best, &st), 0);
		ck_assert_uint_eq(group.id, st.st_ino);
		ck_assert_int_eq(group.hierarchy == 0, best_rank == 3);
		free(group.folder);
	}
}
END_TEST

START_TEST(no_groups)
{
	static const char *const wrong[] = { "/tmp", "no-such-group", "/no-such-group", "cgroup.procs",
		"/proc/self" };
	struct cgroup group;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!cgroup_find(wrong[i], &group), "%s", wrong[i]);
}
END_TEST

/* Looks like a group's path, but is in no hierarchy. */
START_TEST(a_plain_folder)
{
	char folder[] = "/tmp/cgroup-XXXXXX", members[64];
	struct cgroup group;
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(members, sizeof(members), "%s/cgroup.procs", folder);
	fclose(fopen(members, "w"));
	bool found = cgroup_find(folder, &group);
	unlink(members);
	rmdir(folder);
	ck_assert(!found);
}
END_TEST

static void find_self(void *ctx, pid_t pid)
{
	*(bool *)ctx |= pid == getpid();
}

static void has_self(const struct mntent *mount)
{
	bool found = false;
	ck_assert_int_eq(cgroup_processes(mount->mnt_dir, find_self, &found), 0);
	ck_assert_msg(found, "%s", mount->mnt_dir);
}

/* Every process is in one group of every hierarchy. */
START_TEST(processes)
{
	bool found = false;
	each_root(has_self);
	ck_assert_int_eq(cgroup_processes("/tmp/no-such-folder", find_self, &found), -ENOENT);
	ck_assert(!found);
}
END_TEST

START_TEST(a_mount)
{
	char *folder = cgroup_mount();
	struct cgroup group;
	best_rank = 0;
	wanted = "";
	each_root(rank_root);
	ck_assert_int_eq(folder != NULL, best_rank > 0);
	if (folder) {
		ck_assert(cgroup_find(folder, &group));
		ck_assert_int_eq(group.hierarchy == 0, best_rank == 3);
		free(group.folder);
	}
	free(folder);
}
END_TEST

Suite *cgroup_suite(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tc = tcase_create("cgroup");
	tcase_add_test(tc, by_folder);
	tcase_add_test(tc, below_a_root);
	tcase_add_test(tc, no_groups);
	tcase_add_test(tc, a_plain_folder);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, a_mount);
	suite_add_tcase(suite, tc);
	return suite;
}
