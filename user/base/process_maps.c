/* SPDX-License-Identifier: BSD-2-Clause */
#include "process_maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define REMOVED " (deleted)"

/* 7f00-7f10 r-xp 00000000 08:01 1234   /lib/x.so (deleted) */
static bool parse(char *line, struct process_map *map)
{
	unsigned long start, end, offset, inode;
	unsigned major, minor;
	char executable;
	int path = 0;
	if (sscanf(line, "%lx-%lx %*c%*c%c%*c %lx %x:%x %lu %n", &start, &end, &executable, &offset, &major,
		    &minor, &inode, &path) != 7 ||
		inode == 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	size_t len = strlen(line), removed = sizeof(REMOVED) - 1;
	if (len - (size_t)path > removed && strcmp(line + len - removed, REMOVED) == 0)
		line[len - removed] = '\0';
	*map = (struct process_map){ .start = start,
		.end = end,
		.offset = offset,
		.dev = makedev(major, minor),
		.ino = inode,
		.executable = executable == 'x',
		.path = line + path };
	return true;
}

int process_maps_each(pid_t pid, bool (*each)(void *ctx, const struct process_map *map), void *ctx)
{
	char name[32], *line = NULL;
	size_t size = 0;
	struct process_map map;
	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	FILE *maps = fopen(name, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (getline(&line, &size, maps) > 0)
		if (parse(line, &map) && !each(ctx, &map))
			break;
	fclose(maps);
	free(line);
	return 0;
}

void process_map_link(char link[PROCESS_MAP_LINK], pid_t pid, uint64_t start, uint64_t end)
{
	snprintf(link, PROCESS_MAP_LINK, "/proc/%d/map_files/%llx-%llx", pid, (unsigned long long)start,
		(unsigned long long)end);
}
