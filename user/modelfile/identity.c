/* SPDX-License-Identifier: BSD-2-Clause */
#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "user/base/proc.h"

/* The kernel side encodes a device in other bits than stat(2). */
static bool is_device(const struct file_id *id, unsigned major_number, unsigned minor_number)
{
	return id->dev >> 20 == major_number && (id->dev & 0xfffff) == minor_number;
}

/* `process`: a folder of /proc, whose mounts are searched. */
static bool is_device_of_mount(const struct file_id *id, const char *process, int mount)
{
	int number;
	unsigned major_number, minor_number;
	bool found = false;
	char path[64];
	snprintf(path, sizeof(path), "%s/mountinfo", process);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	char *line = NULL;
	size_t room = 0;
	while (!found && getline(&line, &room, file) > 0)
		found = sscanf(line, "%d %*d %u:%u", &number, &major_number, &minor_number) == 3 &&
			number == mount && is_device(id, major_number, minor_number);
	free(line);
	fclose(file);
	return found;
}

/* On btrfs, overlayfs and others, stat() returns a device, and on some an inode, that differ from the superblock's,
 * which the kernel side sees. /proc has those: the file's mount and, since Linux 5.14, its inode. */
static bool is_same_below(const struct file_id *id, const char *process, int fd, const struct stat *st)
{
	uint64_t mount, ino = st->st_ino;
	proc_fdinfo(0, fd, "ino", &ino);
	return ino == id->ino && proc_fdinfo(0, fd, "mnt_id", &mount) &&
	       is_device_of_mount(id, process, (int)mount);
}

static bool is_same(const struct file_id *id, const char *process, int fd, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return false;
	if (is_device(id, major(st->st_dev), minor(st->st_dev)))
		return st->st_ino == id->ino;
	return is_same_below(id, process, fd, st);
}

/* `path`: below `folder`, as for openat(), and in the mount namespace of `process`. */
static int open_at(
	int folder, const char *path, const char *process, const struct file_id *id, struct stat *st)
{
	int named = openat(folder, path, O_PATH | O_CLOEXEC);
	if (named < 0)
		return -1;
	int fd = -1;
	if (fstat(named, st) == 0 && is_same(id, process, named, st)) {
		char self[64];
		snprintf(self, sizeof(self), "/proc/self/fd/%d", named);
		int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
		fd = open(self, flags | O_NOATIME);
		if (fd < 0 && errno == EPERM)
			fd = open(self, flags);
	}
	close(named);
	return fd;
}

int identity_open(const struct file_id *id, const char *path, struct stat *st)
{
	return open_at(AT_FDCWD, path, "/proc/self", id, st);
}

bool identity_is(const struct file_id *id, const char *path)
{
	struct stat st;
	return id->ino && stat(path, &st) == 0 && st.st_ino == id->ino &&
	       is_device(id, major(st.st_dev), minor(st.st_dev));
}

/* --- through a process --- */

/* Rules out most of a process's files with one call each. The file systems that give files another device than
 * their own are not on a block device: theirs has the major number 0. */
static bool may_be(const struct file_id *id, int folder, const char *name)
{
	struct stat st;
	if (fstatat(folder, name, &st, 0) || !S_ISREG(st.st_mode))
		return false;
	if (is_device(id, major(st.st_dev), minor(st.st_dev)))
		return st.st_ino == id->ino;
	return id->dev >> 20 == 0;
}

static char *link_text(int folder, const char *name)
{
	char path[PATH_MAX];
	ssize_t len = readlinkat(folder, name, path, sizeof(path) - 1);
	return len > 0 ? strndup(path, (size_t)len) : NULL;
}

/* Through one of the links in /proc/PID/fd or /proc/PID/map_files. -1: none is to this file. */
static int open_linked(
	const struct file_id *id, const char *process, const char *kind, struct stat *st, char **name)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", process, kind);
	DIR *links = opendir(path);
	int fd = -1;
	for (const struct dirent *entry; links && fd < 0 && (entry = readdir(links));) {
		if (entry->d_name[0] == '.' || !may_be(id, dirfd(links), entry->d_name))
			continue;
		fd = open_at(dirfd(links), entry->d_name, process, id, st);
		if (fd >= 0)
			*name = link_text(dirfd(links), entry->d_name);
	}
	if (links)
		closedir(links);
	return fd;
}

int identity_open_used(const struct file_id *id, pid_t pid, const char *path, struct stat *st, char **name)
{
	char process[32];
	snprintf(process, sizeof(process), "/proc/%d", pid);
	*name = NULL;
	int fd = open_linked(id, process, "fd", st, name);
	if (fd < 0)
		fd = open_linked(id, process, "map_files", st, name);
	if (fd < 0 && path) {
		fd = identity_open(id, path, st);
		if (fd >= 0)
			*name = strdup(path);
	}
	if (fd < 0)
		return -ENOENT;
	if (*name)
		return fd;
	close(fd);
	return -ENOMEM;
}
