/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle's file: written without a name or under a temporary one in the same folder, synced, renamed, the
 * folder synced. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "writer.h"

static int io_error(const struct pb_writer *w, const char *what)
{
	return fail(PB_ERR_IO, "%s: %s: %s", w->path, what, strerror(errno));
}

/* Follows a link, so that it stays one; refuses to replace what is not a file. `*mode`: 0, or the old
 * permissions. */
static int resolve(struct pb_writer *w, const char *path, mode_t *mode)
{
	struct stat st;
	*mode = 0;
	bool there = lstat(path, &st) == 0;
	w->path = there && S_ISLNK(st.st_mode) ? realpath(path, NULL) : strdup(path);
	if (!w->path)
		return fail(errno == ENOMEM ? PB_ERR_MEMORY : PB_ERR_IO, "%s: %s", path, strerror(errno));
	char *slash = strrchr(w->path, '/');
	w->base = slash ? slash + 1 : w->path;
	if (*w->base == '\0')
		return fail(PB_ERR_ARGUMENT, "'%s' names no file", path);
	if (there && stat(w->path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return fail(PB_ERR_ARGUMENT, "%s: exists and is not a regular file", path);
		*mode = st.st_mode & 07777;
	}
	return PB_OK;
}

static int open_folder(struct pb_writer *w)
{
	if (w->base == w->path) {
		w->dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		char *slash = w->path + (w->base - w->path) - 1, keep = slash[1];
		slash[1] = '\0'; /* "dir/", and "/" of the root */
		w->dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		slash[1] = keep;
	}
	return w->dir < 0 ? io_error(w, "its folder") : PB_OK;
}

/* Tries names until `use` did something with one that was free. */
static int name_temporary(struct pb_writer *w, bool (*use)(struct pb_writer *w))
{
	for (int attempt = 0; attempt < 100; attempt++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return io_error(w, "getrandom");
		snprintf(w->temp, sizeof(w->temp), ".pagedbundle-%016" PRIx64 ".tmp", random);
		if (use(w))
			return PB_OK;
		int keep = errno;
		w->temp[0] = '\0';
		errno = keep;
		if (errno != EEXIST)
			return io_error(w, "creating a temporary file beside it");
	}
	return io_error(w, "finding a name for a temporary file");
}

static bool create_named(struct pb_writer *w)
{
	w->fd = openat(w->dir, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return w->fd >= 0;
}

static void fd_path(const struct pb_writer *w, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", w->fd);
}

static bool link_unnamed(struct pb_writer *w)
{
	char path[32];
	fd_path(w, path);
	return linkat(AT_FDCWD, path, w->dir, w->temp, AT_SYMLINK_FOLLOW) == 0;
}

/* A file without a name vanishes with a writer that is killed. Where there is no such thing, or no way to
 * name it later, it has a name from the start. */
static int open_temporary(struct pb_writer *w, mode_t mode)
{
	char path[32];
	w->fd = openat(w->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	fd_path(w, path);
	if (w->fd >= 0 && access(path, F_OK) < 0) {
		close(w->fd);
		w->fd = -1;
	}
	if (w->fd < 0) {
		int err = name_temporary(w, create_named);
		if (err)
			return err;
	}
	if (mode && fchmod(w->fd, mode) < 0)
		return io_error(w, "fchmod");
	return PB_OK;
}

void pb_writer_abort(struct pb_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->temp[0])
		unlinkat(w->dir, w->temp, 0);
	if (w->dir >= 0)
		close(w->dir);
	manifest_free(&w->manifest);
	hash_free(w->hash);
	packer_free(w->packer);
	free(w->page_data);
	free(w->path);
	free(w);
}

int pb_writer_open(const char *path, struct pb_writer **writer)
{
	if (!path || !*path || !writer)
		return fail(PB_ERR_ARGUMENT, "a writer needs a path");
	struct pb_writer *w = malloc(sizeof(*w));
	if (!w)
		return fail(PB_ERR_MEMORY, "%s: a writer", path);
	memset(w, 0, offsetof(struct pb_writer, buffer));
	w->dir = w->fd = -1;
	w->manifest.header_version = w->manifest.version = 1;
	mode_t mode;
	int err = resolve(w, path, &mode);
	if (!err)
		err = open_folder(w);
	if (!err)
		err = open_temporary(w, mode);
	if (err) {
		int keep = errno;
		pb_writer_abort(w);
		errno = keep;
		return err;
	}
	*writer = w;
	return PB_OK;
}

static int write_out(struct pb_writer *w, const void *data, size_t size)
{
	for (const char *at = data; size > 0;) {
		ssize_t n = write(w->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(w, "write");
		at += n;
		size -= (size_t)n;
	}
	return PB_OK;
}

static int flush(struct pb_writer *w)
{
	size_t used = w->used;
	w->used = 0;
	return write_out(w, w->buffer, used);
}

/* Small portions share a write, large ones go past the buffer. */
int writer_put(struct pb_writer *w, const void *data, size_t size)
{
	w->position += size;
	if (size > sizeof(w->buffer) - w->used) {
		int err = flush(w);
		if (err)
			return err;
	}
	if (size >= sizeof(w->buffer))
		return write_out(w, data, size);
	if (size)
		memcpy(w->buffer + w->used, data, size);
	w->used += size;
	return PB_OK;
}

/* The manifest of an extended file was written without what was not known then. */
static int rewrite_manifest(struct pb_writer *w)
{
	unsigned char *bytes;
	size_t size;
	writer_settle(w);
	if (lseek(w->fd, 0, SEEK_SET) < 0)
		return io_error(w, "lseek");
	int err = manifest_encode(&w->manifest, &bytes, &size);
	if (err)
		return err;
	err = write_out(w, bytes, size);
	free(bytes);
	return err;
}

static int finish(struct pb_writer *w)
{
	int err = pb_writer_write(w, NULL, 0);
	if (!err && w->left)
		err = fail(
			PB_ERR_INCOMPLETE, "%s: %" PRIu64 " bytes declared did not come", w->path, w->left);
	if (!err)
		err = flush(w);
	if (!err && w->manifest.extension.version)
		err = rewrite_manifest(w);
	if (err)
		return err;
	if (fsync(w->fd) < 0)
		return io_error(w, "fsync");
	if (!w->temp[0])
		err = name_temporary(w, link_unnamed);
	if (err)
		return err;
	int fd = w->fd;
	w->fd = -1;
	if (close(fd) < 0)
		return io_error(w, "close");
	if (renameat(w->dir, w->temp, w->dir, w->base) < 0)
		return io_error(w, "rename");
	w->temp[0] = '\0';
	if (fsync(w->dir) < 0 && errno != EINVAL) /* a file system may not sync folders */
		return io_error(w, "fsync of its folder");
	return PB_OK;
}

int pb_writer_commit(struct pb_writer *w)
{
	int err = finish(w), keep = errno;
	pb_writer_abort(w);
	errno = keep;
	return err;
}
