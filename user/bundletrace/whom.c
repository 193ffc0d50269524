/* SPDX-License-Identifier: BSD-2-Clause */
#include "whom.h"

#include <mntent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/numbers.h"

bool whom_comm(struct whom *whom, const char *name, struct text *problem)
{
	if (!*name) {
		text_str(problem, "no name");
		return false;
	}
	/* the kernel cuts the names of processes too */
	memset(whom->comm, 0, sizeof(whom->comm));
	memcpy(whom->comm, name, strnlen(name, sizeof(whom->comm) - 1));
	whom->by |= WHOM_COMM;
	return true;
}

static bool parse_uid(const char *text, __u32 *uid)
{
	uint64_t value;
	if (!number_whole(text, &value) || value >= UINT32_MAX)
		return false;
	*uid = (__u32)value;
	return true;
}

bool whom_user(struct whom *whom, const char *user, struct text *problem)
{
	const struct passwd *entry = getpwnam(user);
	if (!entry && !parse_uid(user, &whom->uid)) {
		text_str(problem, "no such user (a name as getent passwd has it, or a number)");
		return false;
	}
	if (entry)
		whom->uid = entry->pw_uid;
	whom->by |= WHOM_UID;
	return true;
}

/* ---- control groups ---- */

static bool is_version_2(const struct mntent *mount)
{
	return strcmp(mount->mnt_type, "cgroup2") == 0;
}

/* The number of a version 1 hierarchy, which one of its controllers, or its name, tells. False: none. */
static bool hierarchy_of(const struct mntent *mount, __u32 *hierarchy)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	*hierarchy = 0;
	if (is_version_2(mount))
		return true;
	/* 4:memory:/x   2:cpu,cpuacct:/x   1:name=systemd:/x   0::/x */
	FILE *file = fopen("/proc/self/cgroup", "re");
	while (file && !found && getline(&line, &size, file) > 0) {
		char *controller = strchr(line, ':');
		if (!controller || controller[1] == ':')
			continue;
		controller[1 + strcspn(controller + 1, ",:")] = '\0';
		uint64_t number;
		found = number_start(line, &number) && hasmntopt(mount, controller + 1) != NULL;
		if (found)
			*hierarchy = (__u32)number;
	}
	if (file)
		fclose(file);
	free(line);
	return found;
}

/* The group of a folder below this mount; false: it is none. */
static bool take_folder(
	struct whom *whom, const struct mntent *mount, const struct stat *root, const struct stat *folder)
{
	if (!S_ISDIR(folder->st_mode) || folder->st_dev != root->st_dev ||
		!hierarchy_of(mount, &whom->hierarchy))
		return false;
	whom->cgroup = folder->st_ino;
	return true;
}

/* `path` is absolute, or below this mount. */
static bool look_below(struct whom *whom, const struct mntent *mount, const char *path, bool absolute)
{
	struct stat root, folder;
	char *below = NULL;
	if (stat(mount->mnt_dir, &root))
		return false;
	if (!absolute && asprintf(&below, "%s/%s", mount->mnt_dir, path) < 0)
		return false;
	bool found = stat(absolute ? path : below, &folder) == 0 && take_folder(whom, mount, &root, &folder);
	free(below);
	return found;
}

/* Below the mounts of this version. `example` becomes the first of them. */
static bool look_everywhere(
	struct whom *whom, const char *path, bool absolute, bool version_2, char **example)
{
	bool found = false;
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	for (struct mntent *mount; mounts && !found && (mount = getmntent(mounts));) {
		if (is_version_2(mount) != version_2 ||
			(!version_2 && strcmp(mount->mnt_type, "cgroup") != 0))
			continue;
		if (!*example)
			*example = strdup(mount->mnt_dir);
		found = look_below(whom, mount, path, absolute);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

bool whom_cgroup(struct whom *whom, const char *path, struct text *problem)
{
	char *example = NULL;
	bool found = (*path == '/' && (look_everywhere(whom, path, true, true, &example) ||
					      look_everywhere(whom, path, true, false, &example))) ||
		     (*path && (look_everywhere(whom, path, false, true, &example) ||
				       look_everywhere(whom, path, false, false, &example)));
	if (found)
		whom->by |= WHOM_CGROUP;
	else
		text_printf(problem,
			"no such control group (a folder below %s; /proc/PID/cgroup tells that of a process)",
			example ? example : "a mount of cgroup2 or cgroup: there is none");
	free(example);
	return found;
}
