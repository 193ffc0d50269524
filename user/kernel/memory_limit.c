/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_limit.h"

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/numbers.h"

/* A limit that a group's file has ("max" is none), if it is lower. */
static void take_limit(const char *folder, const char *name, struct memory_limit *limit)
{
	char path[4096], text[32] = "";
	uint64_t bytes;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return;
	FILE *file = fopen(path, "re");
	if (file && fgets(text, sizeof(text), file) && number_start(text, &bytes) && bytes &&
		bytes < limit->bytes)
		*limit = (struct memory_limit){ bytes, true };
	if (file)
		fclose(file);
}

/* Those of a group and of all above it, up to where its hierarchy is mounted. */
static void take_limits(const struct mntent *mount, const char *group, struct memory_limit *limit)
{
	bool second = strcmp(mount->mnt_type, "cgroup2") == 0;
	char path[4096];
	size_t top = strlen(mount->mnt_dir);
	if (strstr(group, "/..") ||
		snprintf(path, sizeof(path), "%s%s", mount->mnt_dir, group) >= (int)sizeof(path))
		return;
	for (char *end = path + strlen(path); end && end >= path + top; end = strrchr(path, '/')) {
		*end = '\0';
		take_limit(path, second ? "memory.max" : "memory.limit_in_bytes", limit);
	}
}

/* The group of a line of /proc/PID/cgroup: 4:memory:/x, or 0::/x. NULL: it limits no memory. */
static char *group_of(char *line, bool *second)
{
	char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!group)
		return NULL;
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	*second = controllers[1] == '\0';
	for (char *word = strtok(controllers + 1, ","); word; word = strtok(NULL, ","))
		if (strcmp(word, "memory") == 0)
			return group;
	return *second ? group : NULL;
}

static void take_group(const char *group, bool second, struct memory_limit *limit)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	while (mounts && (mount = getmntent(mounts)))
		if (second ? strcmp(mount->mnt_type, "cgroup2") == 0
			   : strcmp(mount->mnt_type, "cgroup") == 0 && hasmntopt(mount, "memory"))
			take_limits(mount, group, limit);
	if (mounts)
		endmntent(mounts);
}

void memory_limit_find(pid_t pid, struct memory_limit *limit)
{
	char path[32], *line = NULL;
	size_t size = 0;
	bool second;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	struct memory_limit found = { pages > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX, false };
	while (getline(&line, &size, file) > 0) {
		const char *group = group_of(line, &second);
		if (group)
			take_group(group, second, &found);
	}
	fclose(file);
	free(line);
	if (found.bytes != UINT64_MAX)
		*limit = found;
}
