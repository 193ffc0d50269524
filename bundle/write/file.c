/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/base/error.h"

static int io_error(const struct new_file *f, const char *what)
{
	return fail(PB_ERR_IO, "%s: %s: %s", f->path, what, strerror(errno));
}

/* Looks the file up, following links as the kernel permits: it may refuse one that another user has put into a
 * folder for everybody. False with errno: it is not there, or must not be followed. */
static bool look_up(const char *path, struct stat *st)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool found = fstat(fd, st) == 0;
	close(fd);
	return found;
}

/* Resolves a symbolic link, so that the file behind it is replaced; refuses what is not a regular file. *st is that
 * of the file to be replaced; its mode is 0 if there is none. */
static int resolve(struct new_file *f, const char *path, struct stat *st)
{
	struct stat link;
	bool is_link = lstat(path, &link) == 0 && S_ISLNK(link.st_mode), there = look_up(path, st);
	if (!there && (is_link || errno != ENOENT))
		return fail(PB_ERR_IO, "%s: %s", path, strerror(errno));
	if (!there)
		st->st_mode = 0;
	if (there && !S_ISREG(st->st_mode))
		return fail(PB_ERR_ARGUMENT, "%s: exists and is not a regular file", path);
	f->path = is_link ? realpath(path, NULL) : strdup(path);
	if (!f->path)
		return fail(errno == ENOMEM ? PB_ERR_MEMORY : PB_ERR_IO, "%s: %s", path, strerror(errno));
	char *slash = strrchr(f->path, '/');
	f->base = slash ? slash + 1 : f->path;
	return *f->base ? PB_OK : fail(PB_ERR_ARGUMENT, "'%s' names no file", path);
}

static int open_folder(struct new_file *f)
{
	if (f->base == f->path) {
		f->dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		char *slash = f->path + (f->base - f->path) - 1, keep = slash[1];
		slash[1] = '\0'; /* keeps the slash: "dir/", or "/" for the root */
		f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		slash[1] = keep;
	}
	return f->dir < 0 ? io_error(f, "its folder") : PB_OK;
}

/* Tries random names until `use` succeeds in creating one. */
static int name_temporary(struct new_file *f, bool (*use)(struct new_file *f))
{
	for (int attempt = 0; attempt < 100; attempt++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return io_error(f, "getrandom");
		snprintf(f->temp, sizeof(f->temp), ".pagedbundle-%016" PRIx64 ".tmp", random);
		if (use(f))
			return PB_OK;
		int keep = errno;
		f->temp[0] = '\0';
		errno = keep;
		if (errno != EEXIST)
			return io_error(f, "creating a temporary file beside it");
	}
	return io_error(f, "finding a name for a temporary file");
}

static bool create_named(struct new_file *f)
{
	f->fd = openat(f->dir, f->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return f->fd >= 0;
}

static void fd_path(const struct new_file *f, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", f->fd);
}

static bool link_unnamed(struct new_file *f)
{
	char path[32];
	fd_path(f, path);
	return linkat(AT_FDCWD, path, f->dir, f->temp, AT_SYMLINK_FOLLOW) == 0;
}

/* A file without a name disappears if the process is killed. Where the file system has no O_TMPFILE, or /proc,
 * which is needed to name it later, is missing, the file has a name from the start. */
static int open_temporary(struct new_file *f, mode_t mode)
{
	char path[32];
	f->fd = openat(f->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	fd_path(f, path);
	if (f->fd >= 0 && access(path, F_OK) < 0) {
		close(f->fd);
		f->fd = -1;
	}
	if (f->fd < 0) {
		int err = name_temporary(f, create_named);
		if (err)
			return err;
	}
	/* not set-user-ID: the file may have belonged to another user */
	if (mode && fchmod(f->fd, mode & 0777) < 0)
		return io_error(f, "fchmod");
	return PB_OK;
}

/* The file in the folder must be the one that was looked up by its path. */
static int check_same(const struct new_file *f, const struct stat *seen)
{
	struct stat st;
	if (!seen->st_mode || (fstatat(f->dir, f->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
				      st.st_dev == seen->st_dev && st.st_ino == seen->st_ino))
		return PB_OK;
	return fail(PB_ERR_IO, "%s: another file took its place meanwhile", f->path);
}

int new_file_open(struct new_file *f, const char *path)
{
	struct stat st;
	f->dir = f->fd = -1;
	int err = resolve(f, path, &st);
	if (!err)
		err = open_folder(f);
	if (!err)
		err = check_same(f, &st);
	return err ? err : open_temporary(f, st.st_mode);
}

int new_file_borrow(struct new_file *f, int fd, const char *name)
{
	f->dir = -1;
	f->fd = fd;
	f->borrowed = true;
	f->path = strdup(name);
	return f->path ? PB_OK : fail(PB_ERR_MEMORY, "%s: a writer", name);
}

static int write_out(struct new_file *f, const void *data, size_t size)
{
	for (const char *at = data; size > 0;) {
		ssize_t n = write(f->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(f, "write");
		at += n;
		size -= (size_t)n;
	}
	return PB_OK;
}

int new_file_flush(struct new_file *f)
{
	size_t used = f->used;
	f->used = 0;
	return write_out(f, f->buffer, used);
}

int new_file_put(struct new_file *f, const void *data, size_t size)
{
	f->position += size;
	if (size > sizeof(f->buffer) - f->used) {
		int err = new_file_flush(f);
		if (err)
			return err;
	}
	if (size >= sizeof(f->buffer))
		return write_out(f, data, size);
	if (size)
		memcpy(f->buffer + f->used, data, size);
	f->used += size;
	return PB_OK;
}

int new_file_rewrite(struct new_file *f, const void *data, size_t size)
{
	if (lseek(f->fd, 0, SEEK_SET) < 0)
		return io_error(f, "lseek");
	return write_out(f, data, size);
}

int new_file_commit(struct new_file *f)
{
	if (f->borrowed)
		return PB_OK;
	if (fsync(f->fd) < 0)
		return io_error(f, "fsync");
	int err = f->temp[0] ? PB_OK : name_temporary(f, link_unnamed);
	if (err)
		return err;
	int fd = f->fd;
	f->fd = -1;
	if (close(fd) < 0)
		return io_error(f, "close");
	if (renameat(f->dir, f->temp, f->dir, f->base) < 0)
		return io_error(f, "rename");
	f->temp[0] = '\0';
	if (fsync(f->dir) < 0 && errno != EINVAL) /* some file systems cannot sync folders */
		return io_error(f, "fsync of its folder");
	return PB_OK;
}

void new_file_close(struct new_file *f)
{
	if (f->fd >= 0 && !f->borrowed)
		close(f->fd);
	if (f->temp[0])
		unlinkat(f->dir, f->temp, 0);
	if (f->dir >= 0)
		close(f->dir);
	free(f->path);
}
