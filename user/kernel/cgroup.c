/* SPDX-License-Identifier: BSD-2-Clause */
#include "cgroup.h"

#include <errno.h>
#include <fts.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/base/numbers.h"

#define MEMBERS "cgroup.procs"

/* --- hierarchies --- */

/* The order in which hierarchies are searched, the highest first; 0: no hierarchy. */
static int rank(const struct mntent *mount)
{
	if (strcmp(mount->mnt_type, "cgroup2") == 0)
		return 3;
	if (strcmp(mount->mnt_type, "cgroup") != 0)
		return 0;
	return hasmntopt(mount, "memory") ? 2 : 1;
}

/* Calls `each` for every mounted hierarchy until it returns true. */
static void each_mount(bool (*each)(void *ctx, const struct mntent *mount), void *ctx)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	bool found = false;
	while (mounts && !found && (mount = getmntent(mounts)))
		found = rank(mount) && each(ctx, mount);
	if (mounts)
		endmntent(mounts);
}

/* The number of a version 1 hierarchy, found by one of its controllers or by its name. */
static uint32_t hierarchy_number(const struct mntent *mount)
{
	char *line = NULL;
	size_t size = 0;
	uint32_t hierarchy = CGROUP_HIERARCHY_UNKNOWN;
	/* 4:memory:/x   2:cpu,cpuacct:/x   1:name=systemd:/x   0::/x */
	FILE *file = fopen("/proc/self/cgroup", "re");
	while (file && hierarchy == CGROUP_HIERARCHY_UNKNOWN && getline(&line, &size, file) > 0) {
		char *controller = strchr(line, ':');
		if (!controller || controller[1] == ':')
			continue;
		controller[1 + strcspn(controller + 1, ",:")] = '\0';
		uint64_t number;
		if (number_start(line, &number) && hasmntopt(mount, controller + 1))
			hierarchy = (uint32_t)number;
	}
	if (file)
		fclose(file);
	free(line);
	return hierarchy;
}

struct device {
	dev_t dev;
	uint32_t hierarchy;
};

static bool has_device(void *ctx, const struct mntent *mount)
{
	struct device *device = ctx;
	struct stat root;
	if (stat(mount->mnt_dir, &root) || root.st_dev != device->dev)
		return false;
	device->hierarchy = hierarchy_number(mount);
	return true;
}

/* --- groups --- */

/* True if the folder is a group, which takes over `folder`; else it is freed. */
static bool take_folder(char *folder, struct cgroup *cgroup)
{
	struct stat st;
	struct statfs fs;
	char *members = NULL;
	bool found = asprintf(&members, "%s/" MEMBERS, folder) >= 0 && access(members, R_OK) == 0 &&
		     stat(folder, &st) == 0 && statfs(folder, &fs) == 0 &&
		     (fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC);
	free(members);
	if (!found) {
		free(folder);
		return false;
	}
	struct device device = { .dev = st.st_dev, .hierarchy = CGROUP_HIERARCHY_UNKNOWN };
	if (fs.f_type == CGROUP2_SUPER_MAGIC)
		device.hierarchy = 0;
	else
		each_mount(has_device, &device);
	*cgroup = (struct cgroup){ folder, st.st_ino, device.hierarchy };
	return true;
}

struct search {
	const char *name;
	struct cgroup *best;
	int rank; /* of the best so far; 0: none */
};

static bool search_below(void *ctx, const struct mntent *mount)
{
	struct search *search = ctx;
	struct cgroup found;
	char *folder = NULL;
	if (rank(mount) <= search->rank || asprintf(&folder, "%s/%s", mount->mnt_dir, search->name) < 0 ||
		!take_folder(folder, &found))
		return false;
	if (search->rank)
		free(search->best->folder);
	*search->best = found;
	search->rank = rank(mount);
	return false;
}

bool cgroup_find(const char *name, struct cgroup *cgroup)
{
	char *folder = *name == '/' ? strdup(name) : NULL;
	if (folder && take_folder(folder, cgroup))
		return true;
	struct search search = { .name = name + strspn(name, "/"), .best = cgroup };
	each_mount(search_below, &search);
	return search.rank > 0;
}

/* Of version 2, or else the first one. */
static bool prefer_mount(void *ctx, const struct mntent *mount)
{
	char **folder = ctx;
	bool version_2 = rank(mount) == 3;
	if (*folder && !version_2)
		return false;
	free(*folder);
	*folder = strdup(mount->mnt_dir);
	return version_2;
}

char *cgroup_mount(void)
{
	char *folder = NULL;
	each_mount(prefer_mount, &folder);
	return folder;
}

/* --- processes --- */

static int read_members(const char *folder, void (*each)(void *ctx, pid_t pid), void *ctx)
{
	char *path = NULL;
	int pid;
	if (asprintf(&path, "%s/" MEMBERS, folder) < 0)
		return -ENOMEM;
	FILE *file = fopen(path, "re");
	int err = file ? 0 : -errno;
	free(path);
	/* 0: a process of another pid namespace; a threaded group lists no processes */
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
		/* a group within it that is removed meanwhile is no error */
		int got = read_members(group->fts_path, each, ctx);
		if (group->fts_level == FTS_ROOTLEVEL)
			err = got == -ENODEV ? -ENOENT : got;
	}
	fts_close(groups);
	return err;
}
