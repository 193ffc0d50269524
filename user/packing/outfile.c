/* SPDX-License-Identifier: BSD-2-Clause */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "reports.h"

enum { PORTION = 256 << 10 };

static bool is_input(const struct stat *file, const struct stat *input)
{
	return input && (S_ISREG(file->st_mode) || S_ISBLK(file->st_mode)) && file->st_dev == input->st_dev &&
	       file->st_ino == input->st_ino;
}

static int refuse(const char *path, const char *why)
{
	report("%s: %s", printable(path), why);
	return EXIT_FAILURE;
}

static int refuse_input(const char *path)
{
	return refuse(path, "is the file that would be read (write to another one)");
}

/* --- opening --- */

/* As the file that will be replaced. Another owner is kept if that is permitted; set-user-ID is not. */
static int take_permissions(const struct outfile *out, const struct stat *old)
{
	if ((old->st_uid != geteuid() || old->st_gid != getegid()) &&
		fchown(out->fd, old->st_uid, old->st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return report_errno(out->path);
	return fchmod(out->fd, old->st_mode & 0777) < 0 ? report_errno(out->path) : EXIT_SUCCESS;
}

static int begin_file(struct outfile *out, int folder, const struct stat *old)
{
	if (temporary_open(&out->temporary, folder) < 0) {
		report("%s: a temporary file beside it: %s", printable(out->path), strerror(errno));
		return EXIT_FAILURE;
	}
	out->fd = out->temporary.fd;
	out->seekable = true;
	return old ? take_permissions(out, old) : EXIT_SUCCESS;
}

static int begin_spool(struct outfile *out)
{
	out->fd = out->temporary.fd = temporary_spool();
	out->seekable = true;
	if (out->fd >= 0)
		return EXIT_SUCCESS;
	report("a temporary file for %s: %s (TMPDIR names the folder)", printable(out->path),
		strerror(errno));
	return EXIT_FAILURE;
}

static void drop(struct outfile *out)
{
	temporary_end(&out->temporary);
	target_end(&out->target);
	out->fd = -1;
}

static int begin(struct outfile *out, const struct stat *input, unsigned flags)
{
	const struct target *t = &out->target;
	bool over = (flags & OUTFILE_OVER_INPUT) && t->kind == TARGET_FILE;
	if (t->kind != TARGET_NEW && is_input(&t->st, input) && !over)
		return refuse_input(out->path);
	if (t->kind != TARGET_STREAM)
		return begin_file(out, t->folder, t->kind == TARGET_FILE ? &t->st : NULL);
	if (flags & OUTFILE_SEEKS)
		return begin_spool(out);
	out->fd = t->stream;
	return EXIT_SUCCESS;
}

int outfile_open(struct outfile *out, const char *path, const struct stat *input, unsigned flags)
{
	*out = (struct outfile){ .fd = -1, .path = path, .temporary.fd = -1, .sync = true };
	int status = target_find(&out->target, path);
	if (!status)
		status = begin(out, input, flags);
	if (status)
		drop(out);
	return status;
}

static int refuse_there(const struct outfile *out, const struct stat *input, bool force)
{
	const struct stat *st = &out->target.st;
	if (is_input(st, input))
		return refuse_input(out->path);
	if (!force) {
		report("%s: %s (--force overwrites it)", printable(out->path), strerror(EEXIST));
		return EXIT_FAILURE;
	}
	return S_ISREG(st->st_mode) ? EXIT_SUCCESS
				    : refuse(out->path, "is there, and not a regular file (remove it first)");
}

int outfile_open_in(struct outfile *out, struct outfile_place place, const struct stat *input, bool force)
{
	*out = (struct outfile){ .fd = -1, .path = place.shown, .temporary.fd = -1 };
	struct target *t = &out->target;
	*t = (struct target){ .folder = -1, .stream = -1, .base = place.name };
	int status = EXIT_SUCCESS;
	if (fstatat(place.folder, place.name, &t->st, AT_SYMLINK_NOFOLLOW) == 0) {
		t->kind = TARGET_FILE;
		out->sync = true; /* else a power failure could take the old file and the new one */
		status = refuse_there(out, input, force);
	} else if (errno != ENOENT) {
		status = report_errno(place.shown);
	}
	if (!status)
		status = begin_file(out, place.folder, t->kind == TARGET_FILE ? &t->st : NULL);
	if (status)
		drop(out);
	return status;
}

/* --- writing --- */

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EAGAIN) { /* a pipe that another process has made so */
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int outfile_write(const struct outfile *out, const void *data, size_t size)
{
	return write_all(out->fd, data, size);
}

/* --- closing --- */

/* Copies what was spooled to the stream. */
static int pour(const struct outfile *out)
{
	char *portion = malloc(PORTION);
	ssize_t n = portion ? 1 : -1;
	for (off_t at = 0; n > 0; at += n) {
		n = TEMP_FAILURE_RETRY(pread(out->fd, portion, PORTION, at));
		if (n > 0 && write_all(out->target.stream, portion, (size_t)n) < 0)
			n = -1;
	}
	int status = n < 0 ? report_errno(out->path) : EXIT_SUCCESS;
	free(portion);
	return status;
}

/* Some file systems cannot bring folders to disk. */
static int sync_folder(const struct outfile *out)
{
	int fd = openat(out->temporary.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = EXIT_SUCCESS;
	if (fd >= 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		status = report_errno(out->path);
	if (fd >= 0)
		close(fd);
	return status;
}

/* What has the name now may be replaced: it had it at the start, or nothing has. */
static int check_still(const struct outfile *out)
{
	struct stat st;
	if (fstatat(out->temporary.folder, out->target.base, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		(out->target.kind == TARGET_FILE && S_ISREG(st.st_mode)))
		return EXIT_SUCCESS;
	return refuse(out->path, "something else took its place meanwhile");
}

static int place(struct outfile *out)
{
	bool replace = out->target.kind == TARGET_FILE;
	if (out->sync && fsync(out->fd) < 0)
		return report_errno(out->path);
	int status = check_still(out);
	if (!status && temporary_place(&out->temporary, out->target.base, replace) < 0)
		status = report_errno(out->path);
	return !status && out->sync ? sync_folder(out) : status;
}

/* Errors that a file system tells only when a file is closed, such as an exceeded quota on NFS. */
static int check_close(const struct outfile *out)
{
	int again = fcntl(out->fd, F_DUPFD_CLOEXEC, 3);
	return again >= 0 && close(again) < 0 ? report_errno(out->path) : EXIT_SUCCESS;
}

int outfile_close(struct outfile *out, int status)
{
	if (!status)
		status = check_close(out);
	if (!status && out->target.kind != TARGET_STREAM)
		status = place(out);
	else if (!status && out->fd != out->target.stream)
		status = pour(out);
	drop(out);
	return status;
}

bool outfile_is(const char *path, const struct stat *file)
{
	struct stat st;
	int result = strcmp(path, "-") == 0 ? fstat(STDOUT_FILENO, &st) : stat(path, &st);
	return result == 0 && is_input(&st, file);
}
