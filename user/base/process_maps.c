/* SPDX-License-Identifier: BSD-2-Clause */
#include "process_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "proc.h"

#define REMOVED " (deleted)"

/* 7f00-7f10 r-xp 00000000 08:01 1234   /lib/x.so (deleted) */
static bool parse(char *line, struct process_map *map)
{
	unsigned long start, end, offset, inode;
	unsigned major, minor;
	char writable, executable, shared;
	int path = 0;
	if (sscanf(line, "%lx-%lx %*c%c%c%c %lx %x:%x %lu %n", &start, &end, &writable, &executable, &shared,
		    &offset, &major, &minor, &inode, &path) != 9 ||
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
		.writable = writable == 'w',
		.shared = shared == 's',
		.path = line + path };
	return true;
}

/* Returns the number of lines, of mappings of any kind, or -errno. */
static long each_of_task(pid_t tid, bool (*each)(void *ctx, const struct process_map *map), void *ctx)
{
	char name[32], *line = NULL;
	size_t size = 0;
	long lines = 0;
	struct process_map map;
	snprintf(name, sizeof(name), "/proc/%d/maps", tid);
	FILE *maps = fopen(name, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	for (; getline(&line, &size, maps) > 0; lines++)
		if (parse(line, &map) && !each(ctx, &map)) {
			lines++;
			break;
		}
	fclose(maps);
	free(line);
	return lines;
}

int process_maps_each(pid_t pid, bool (*each)(void *ctx, const struct process_map *map), void *ctx)
{
	long lines = each_of_task(pid, each, ctx);
	if (lines == 0) {
		pid_t living = proc_living_thread(pid);
		lines = living == pid ? 0 : each_of_task(living, each, ctx);
	}
	return lines < 0 ? (int)lines : 0;
}

static void map_link(char link[PROCESS_MAP_LINK], pid_t tid, uint64_t start, uint64_t end)
{
	snprintf(link, PROCESS_MAP_LINK, "/proc/%d/map_files/%llx-%llx", tid, (unsigned long long)start,
		(unsigned long long)end);
}

void process_map_link(char link[PROCESS_MAP_LINK], pid_t pid, uint64_t start, uint64_t end)
{
	char unused;
	map_link(link, pid, start, end);
	if (readlink(link, &unused, 1) < 0 && (errno == ENOENT || errno == ESRCH))
		map_link(link, proc_living_thread(pid), start, end);
}

/* --- the file behind a mapping --- */

struct same_start {
	uint64_t start, dev, ino; /* ino 0: not found */
};

static bool find_start(void *ctx, const struct process_map *map)
{
	struct same_start *wanted = ctx;
	if (map->start != wanted->start)
		return true;
	wanted->dev = map->dev;
	wanted->ino = map->ino;
	return false;
}

/* An O_PATH descriptor; or -EPERM: the path is that of another file by now, or of none; -EACCES. */
static int open_same(const char *path, const struct same_start *wanted)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? -EACCES : -EPERM;
	if (fstat(fd, &st) == 0 && st.st_dev == wanted->dev && st.st_ino == wanted->ino)
		return fd;
	close(fd);
	return -EPERM;
}

/* In the process's root, which takes the right to look into the process, or else in ours. As open_same(), and -ENOENT:
 * the mapping is gone. */
static int open_by_name(pid_t pid, uint64_t start, const char *name)
{
	struct same_start wanted = { .start = start };
	char path[PATH_MAX];
	int err = process_maps_each(pid, find_start, &wanted);
	if (err == -EACCES)
		return err;
	if (err || !wanted.ino)
		return -ENOENT;
	if (name[0] != '/' || snprintf(path, sizeof(path), "/proc/%d/root%s", pid, name) >= PATH_MAX)
		return -EPERM;
	int fd = open_same(path, &wanted);
	if (fd != -EACCES)
		return fd;
	fd = open_same(name, &wanted);
	return fd < 0 ? -EACCES : fd;
}

void process_map_file_open(
	struct process_map_file *file, pid_t pid, uint64_t start, uint64_t end, const char *name)
{
	struct stat st;
	*file = (struct process_map_file){ .fd = -1 };
	process_map_link(file->path, pid, start, end);
	if (stat(file->path, &st) == 0 || (errno != EPERM && errno != EACCES))
		return;
	int fd = open_by_name(pid, start, name);
	file->err = fd < 0 && fd != -ENOENT ? fd : 0;
	file->fd = fd < 0 ? -1 : fd;
	if (fd >= 0)
		snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", fd);
}

void process_map_file_close(struct process_map_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
