/* SPDX-License-Identifier: BSD-2-Clause */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "user/base/proc.h"

#define MOUNTINFO "/proc/self/mountinfo"

/* Compares with the kernel side's encoding of a device. */
static bool is_device(const struct file_id *id, unsigned major_number, unsigned minor_number)
{
	return id->dev >> 20 == major_number && (id->dev & 0xfffff) == minor_number;
}

static bool is_device_of_mount(const struct file_id *id, int mount)
{
	int number;
	unsigned major_number, minor_number;
	bool found = false;
	FILE *file = fopen(MOUNTINFO, "re");
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
static bool is_same_below(const struct file_id *id, int fd, const struct stat *st)
{
	uint64_t mount, ino = st->st_ino;
	proc_fdinfo(0, fd, "ino", &ino);
	return ino == id->ino && proc_fdinfo(0, fd, "mnt_id", &mount) && is_device_of_mount(id, (int)mount);
}

static bool is_same(const struct file_id *id, int fd, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return false;
	if (is_device(id, major(st->st_dev), minor(st->st_dev)))
		return st->st_ino == id->ino;
	return is_same_below(id, fd, st);
}

int identity_open(const struct file_id *id, const char *path, struct stat *st)
{
	int named = open(path, O_PATH | O_CLOEXEC);
	if (named < 0)
		return -1;
	int fd = -1;
	if (fstat(named, st) == 0 && is_same(id, named, st)) {
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

bool identity_is(const struct file_id *id, const char *path)
{
	struct stat st;
	return id->ino && stat(path, &st) == 0 && st.st_ino == id->ino &&
	       is_device(id, major(st.st_dev), minor(st.st_dev));
}
