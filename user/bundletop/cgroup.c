/* SPDX-License-Identifier: BSD-2-Clause */
#include "cgroup.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"

#define MEMBERS "cgroup.procs"

/* FOLDER/NAME if it is a group; NULL: it is none. */
static char *group_at(const char *folder, const char *name)
{
	char *path = NULL, *members = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return NULL;
	if (asprintf(&members, "%s/" MEMBERS, path) < 0 || access(members, R_OK)) {
		free(path);
		path = NULL;
	}
	free(members);
	return path;
}

/* How early a hierarchy is looked at; 0: it is none. */
static int rank(const struct mntent *mount)
{
	if (strcmp(mount->mnt_type, "cgroup2") == 0)
		return 3;
	if (strcmp(mount->mnt_type, "cgroup") != 0)
		return 0;
	return hasmntopt(mount, "memory") ? 2 : 1;
}

static char *below_a_root(const char *name)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	char *best = NULL;
	int best_rank = 0;
	while (mounts && (mount = getmntent(mounts))) {
		char *path = rank(mount) > best_rank ? group_at(mount->mnt_dir, name) : NULL;
		if (!path)
			continue;
		free(best);
		best = path;
		best_rank = rank(mount);
	}
	if (mounts)
		endmntent(mounts);
	return best;
}

char *cgroup_find(const char *name)
{
	char *path = *name == '/' ? group_at("", name + 1) : NULL;
	if (!path)
		path = below_a_root(name + strspn(name, "/"));
	if (!path)
		report("--cgroup: %s: no such control group (its folder in /sys/fs/cgroup, or the path that /proc/PID/cgroup shows)",
			printable(name));
	return path;
}

static int read_members(const char *folder, void (*each)(void *ctx, pid_t pid), void *ctx)
{
	char *path = NULL;
	int pid;
	if (asprintf(&path, "%s/" MEMBERS, folder) < 0)
		return -ENOMEM;
	FILE *file = fopen(path, "re");
	int err = file ? 0 : -errno;
	free(path);
	/* 0: of another pid namespace; a group of threads does not tell its processes */
	while (file && fscanf(file, "%d", &pid) == 1)
		if (pid > 0)
			each(ctx, pid);
	if (file)
		fclose(file);
	return err;
}

int cgroup_processes(const char *folder, void (*each)(void *ctx, pid_t pid), void *ctx)
{
	char *const roots[] = { (char *)folder, NULL };
	FTS *groups = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	if (!groups)
		return -errno;
	int err = -ENOENT;
	for (const FTSENT *group; (group = fts_read(groups));) {
		if (group->fts_info != FTS_D)
			continue;
		/* a group within that goes away meanwhile is no error */
		int got = read_members(group->fts_path, each, ctx);
		if (group->fts_level == FTS_ROOTLEVEL)
			err = got == -ENODEV ? -ENOENT : got;
	}
	fts_close(groups);
	return err;
}
