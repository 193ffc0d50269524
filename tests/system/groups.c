/* SPDX-License-Identifier: BSD-2-Clause */
#include "groups.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"

#define GROUPS_MAX 4

static char groups[GROUPS_MAX][512]; /* each parent before its children */
static int group_count;

const char *groups_make(const char *above, const char *name)
{
	ck_assert_int_lt(group_count, GROUPS_MAX);
	char *path = groups[group_count];
	ck_assert_int_lt(snprintf(path, sizeof(groups[0]), "%s/%s", above, name), (int)sizeof(groups[0]));
	ck_assert_int_eq(mkdir(path, 0755), 0);
	group_count++;
	return path;
}

void groups_remove(void)
{
	while (group_count > 0) {
		const char *path = groups[--group_count];
		/* processes that were in the group may take a moment to disappear */
		for (int i = 0; i < 100 && rmdir(path); i++)
			usleep(10000);
	}
}

bool groups_mount(enum hierarchy which, char *path, size_t size)
{
	bool found = false;
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	for (struct mntent *mount; !found && (mount = getmntent(mounts));) {
		bool named = hasmntopt(mount, "name") != NULL;
		found = which == GROUPS_VERSION_2
				? strcmp(mount->mnt_type, "cgroup2") == 0
				: strcmp(mount->mnt_type, "cgroup") == 0 &&
					  (which == GROUPS_NAMED ? named
								 : hasmntopt(mount, "memory") != NULL);
		snprintf(path, size, "%s", mount->mnt_dir);
	}
	endmntent(mounts);
	return found;
}
