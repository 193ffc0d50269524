/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_open.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The kernel has devices in other bits than stat(2). */
static bool is_the_file(const struct use_key *key, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_ino == key->ino && major(st->st_dev) == key->dev >> 20 &&
	       minor(st->st_dev) == (key->dev & 0xfffff);
}

/* -ENOENT: another file by now. */
static int open_checked(int folder, const char *name, const struct use_key *key, struct stat *st)
{
	/* not what has effects when it is opened */
	if (fstatat(folder, name, st, 0) || !is_the_file(key, st))
		return -ENOENT;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, st) == 0 && is_the_file(key, st))
		return fd;
	close(fd);
	return -ENOENT;
}

static char *link_text(int folder, const char *name)
{
	char path[PATH_MAX];
	ssize_t len = readlinkat(folder, name, path, sizeof(path) - 1);
	return len > 0 ? strndup(path, (size_t)len) : NULL;
}

/* Among the links of /proc/PID/fd or /proc/PID/map_files. */
static int open_linked(const struct use_key *key, const char *kind, struct stat *st, char **path)
{
	char name[64];
	snprintf(name, sizeof(name), "/proc/%u/%s", key->pid, kind);
	DIR *links = opendir(name);
	int fd = -ENOENT;
	for (const struct dirent *entry; links && fd < 0 && (entry = readdir(links));) {
		if (entry->d_name[0] == '.')
			continue;
		fd = open_checked(dirfd(links), entry->d_name, key, st);
		if (fd >= 0)
			*path = link_text(dirfd(links), entry->d_name);
	}
	if (links)
		closedir(links);
	return fd;
}

int file_open(const struct use_key *key, const char *told, struct stat *st, char **path)
{
	*path = NULL;
	int fd = open_linked(key, "fd", st, path);
	if (fd < 0)
		fd = open_linked(key, "map_files", st, path);
	if (fd < 0 && told) {
		fd = open_checked(AT_FDCWD, told, key, st);
		if (fd >= 0)
			*path = strdup(told);
	}
	if (fd < 0 || *path)
		return fd;
	close(fd);
	return -ENOMEM;
}
