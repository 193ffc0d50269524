/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#define ANSWER_HOLDS_NS 5000

int file_open(struct file *f, const char *path, enum pb_read mode)
{
	*f = (struct file){ .fd = -1, .mode = mode };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(PB_ERR_IO, "%s: %s", path, strerror(errno));
	struct stat st;
	if (fstat(fd, &st) < 0) {
		int err = fail(PB_ERR_IO, "%s: fstat: %s", path, strerror(errno));
		close(fd);
		return err;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return fail(PB_ERR_NOT_BUNDLE, "%s: not a regular file", path);
	}
	f->fd = fd;
	f->size = (uint64_t)st.st_size;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->mtime = st.st_mtim;
	return PB_OK;
}

void file_close(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

int file_read(const struct file *f, void *data, size_t size, uint64_t offset)
{
	if (offset > f->size || size > f->size - offset)
		return fail(PB_ERR_TRUNCATED, "%zu bytes at %" PRIu64 " of a file of %" PRIu64, size, offset,
			f->size);
	/* offset 0 is the header, read once, right after the file was opened */
	if (f->mode == PB_READ_SEEK && offset > 0 && lseek(f->fd, (off_t)offset, SEEK_SET) < 0)
		return fail(PB_ERR_IO, "lseek to %" PRIu64 ": %s", offset, strerror(errno));
	char *at = data;
	while (size > 0) {
		ssize_t n = f->mode == PB_READ_SEEK ? read(f->fd, at, size)
						    : pread(f->fd, at, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(PB_ERR_IO, "read at %" PRIu64 ": %s", offset, strerror(errno));
		if (n == 0)
			return fail(PB_ERR_TRUNCATED, "the file ends at %" PRIu64 ", %zu bytes too early",
				offset, size);
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return PB_OK;
}

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int file_verify_unchanged(struct file *f)
{
	uint64_t now = now_ns();
	struct stat st;
	if (f->mode == PB_READ_PREAD && f->verified_ns && now - f->verified_ns < ANSWER_HOLDS_NS)
		return PB_OK;
	if (fstat(f->fd, &st) < 0)
		return fail(PB_ERR_IO, "fstat: %s", strerror(errno));
	if ((uint64_t)st.st_size != f->size || st.st_mtim.tv_sec != f->mtime.tv_sec ||
		st.st_mtim.tv_nsec != f->mtime.tv_nsec || st.st_dev != f->dev || st.st_ino != f->ino)
		return fail(PB_ERR_CHANGED, "its size or modification time is not what it was at open");
	f->verified_ns = now;
	return PB_OK;
}
