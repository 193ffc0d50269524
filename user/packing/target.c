/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/base/numbers.h"
#include "user/base/report.h"
#include "reports.h"

enum { LINKS_MAX = 40 };

static int refuse(const char *path, const char *why)
{
	report("%s: %s", printable(path), why);
	return EXIT_FAILURE;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* --- descriptors that are open already --- */

static bool on_proc(const char *link)
{
	struct statfs fs;
	int fd = open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool proc = fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	close(fd);
	return proc;
}

/* The descriptor that a link of /proc stands for, if this process has it too; else -1. */
static int descriptor_of(const char *link)
{
	const char *slash = strrchr(link, '/');
	struct stat there, here;
	uint64_t fd;
	if (!number_whole(slash ? slash + 1 : link, &fd) || fd > INT_MAX)
		return -1;
	bool ours = stat(link, &there) == 0 && fstat((int)fd, &here) == 0 && same_file(&there, &here);
	return ours ? (int)fd : -1;
}

/* The own descriptor that a path leads to, such as /dev/stdout or /dev/fd/3; -1: it does not. */
static int own_descriptor(const char *path)
{
	char at[PATH_MAX], to[PATH_MAX];
	if (strlen(path) >= sizeof(at))
		return -1;
	strcpy(at, path);
	for (int links = 0; links < LINKS_MAX; links++) {
		ssize_t n = readlink(at, to, sizeof(to) - 1);
		if (n < 0)
			return -1;
		if (on_proc(at))
			return descriptor_of(at);
		to[n] = '\0';
		char *slash = strrchr(at, '/'), *base = to[0] == '/' || !slash ? at : slash + 1;
		if ((size_t)(base - at) + (size_t)n >= sizeof(at))
			return -1;
		strcpy(base, to);
	}
	return -1;
}

static int take_descriptor(struct target *t, int fd, const char *path)
{
	int flags = fcntl(fd, F_GETFL);
	t->kind = TARGET_STREAM;
	t->stream = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (flags < 0 || t->stream < 0 || fstat(fd, &t->st) < 0)
		return report_errno(path);
	return (flags & O_ACCMODE) == O_RDONLY ? refuse(path, "not open for writing") : EXIT_SUCCESS;
}

/* --- files --- */

/* Sets the path, with links resolved if it is one, and opens its folder. */
static int open_place(struct target *t, const char *path, bool is_link)
{
	t->path = is_link ? realpath(path, NULL) : strdup(path);
	if (!t->path)
		return report_errno(path);
	char *slash = strrchr(t->path, '/');
	t->base = slash ? slash + 1 : t->path;
	if (!*t->base)
		return refuse(path, "names no file");
	char *folder = slash ? strndup(t->path, (size_t)(t->base - t->path)) : strdup(".");
	if (!folder)
		return report_no_memory();
	t->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int status = t->folder < 0 ? report_errno(folder) : EXIT_SUCCESS;
	free(folder);
	return status;
}

/* As the kernel does for open(O_CREAT) with fs.protected_regular. */
static bool is_bait(const struct stat *folder, const struct stat *file)
{
	return (folder->st_mode & S_ISVTX) && (folder->st_mode & S_IWOTH) && file->st_uid != geteuid() &&
	       file->st_uid != folder->st_uid;
}

/* The folder's entry must be what the kernel followed the path to. */
static int check_place(const struct target *t, const char *path)
{
	struct stat folder, entry;
	if (fstat(t->folder, &folder) < 0 || fstatat(t->folder, t->base, &entry, AT_SYMLINK_NOFOLLOW) < 0)
		return report_errno(path);
	if (!same_file(&entry, &t->st))
		return refuse(path, "is not where its links lead");
	if (is_bait(&folder, &entry))
		return refuse(path, "another user's file in a folder that everybody may write to");
	return EXIT_SUCCESS;
}

/* `fd`: of the path, opened with O_PATH. */
static int open_stream(struct target *t, int fd, const char *path)
{
	char again[32];
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	t->kind = TARGET_STREAM;
	t->stream = open(again, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return t->stream < 0 ? report_errno(path) : EXIT_SUCCESS;
}

static int take_there(struct target *t, int fd, const char *path, bool is_link)
{
	if (fstat(fd, &t->st) < 0)
		return report_errno(path);
	switch (t->st.st_mode & S_IFMT) {
	case S_IFDIR:
		return refuse(path, "is a folder");
	case S_IFBLK:
		return refuse(path, "is a block device (write to - and let dd put it there)");
	case S_IFSOCK:
		return refuse(path, "is a socket");
	case S_IFIFO:
		return refuse(path, "is a pipe (write to - and redirect that into it)");
	case S_IFCHR:
		return open_stream(t, fd, path);
	}
	t->kind = TARGET_FILE;
	int status = open_place(t, path, is_link);
	return status ? status : check_place(t, path);
}

int target_find(struct target *t, const char *path)
{
	struct stat link;
	*t = (struct target){ .folder = -1, .stream = -1 };
	if (strcmp(path, "-") == 0)
		return take_descriptor(t, STDOUT_FILENO, "stdout");
	int own = own_descriptor(path);
	if (own >= 0)
		return take_descriptor(t, own, path);
	bool is_link = lstat(path, &link) == 0 && S_ISLNK(link.st_mode);
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return is_link ? refuse(path, "is a link that leads nowhere") : open_place(t, path, false);
	if (fd < 0)
		return report_errno(path);
	int status = take_there(t, fd, path, is_link);
	close(fd);
	return status;
}

void target_end(struct target *t)
{
	if (t->folder >= 0)
		close(t->folder);
	if (t->stream >= 0)
		close(t->stream);
	free(t->path);
	*t = (struct target){ .folder = -1, .stream = -1 };
}
