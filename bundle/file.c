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

static int open_quietly(const char *path)
{
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	pthread_setcancelstate(cancel, NULL);
	return fd;
}

static void close_quietly(int fd)
{
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	close(fd);
	pthread_setcancelstate(cancel, NULL);
}

int file_open(struct file *f, const char *path, enum pb_read mode)
{
	*f = (struct file){ .fd = -1, .mode = mode };
	pthread_mutex_init(&f->position, NULL);
	int fd = open_quietly(path);
	if (fd < 0)
		return fail(PB_ERR_IO, "%s: %s", path, strerror(errno));
	struct stat st;
	if (fstat(fd, &st) < 0) {
		int err = fail(PB_ERR_IO, "%s: fstat: %s", path, strerror(errno));
		close_quietly(fd);
		return err;
	}
	if (!S_ISREG(st.st_mode)) {
		close_quietly(fd);
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
		close_quietly(f->fd);
	f->fd = -1;
}

static int read_all(struct file *f, char *at, size_t size, uint64_t offset)
{
	/* offset 0 is the header, read once, right after the file was opened */
	if (f->mode == PB_READ_SEEK && offset > 0 && lseek(f->fd, (off_t)offset, SEEK_SET) < 0)
		return fail(PB_ERR_IO, "lseek to %" PRIu64 ": %s", offset, strerror(errno));
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

int file_read(struct file *f, void *data, size_t size, uint64_t offset)
{
	if (offset > f->size || size > f->size - offset)
		return fail(PB_ERR_TRUNCATED, "%zu bytes at %" PRIu64 " of a file of %" PRIu64, size, offset,
			f->size);
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (f->mode == PB_READ_SEEK)
		file_lock(f);
	int err = read_all(f, data, size, offset);
	if (f->mode == PB_READ_SEEK)
		file_unlock(f);
	pthread_setcancelstate(cancel, NULL);
	return err;
}

void file_lock(struct file *f)
{
	pthread_mutex_lock(&f->position);
}

void file_unlock(struct file *f)
{
	pthread_mutex_unlock(&f->position);
}

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int file_verify_unchanged(struct file *f)
{
	uint64_t now = now_ns(), verified = __atomic_load_n(&f->verified_ns, __ATOMIC_RELAXED);
	struct stat st;
	if (f->mode == PB_READ_PREAD && verified && now - verified < ANSWER_HOLDS_NS)
		return PB_OK;
	if (fstat(f->fd, &st) < 0)
		return fail(PB_ERR_IO, "fstat: %s", strerror(errno));
	if ((uint64_t)st.st_size != f->size || st.st_mtim.tv_sec != f->mtime.tv_sec ||
		st.st_mtim.tv_nsec != f->mtime.tv_nsec || st.st_dev != f->dev || st.st_ino != f->ino)
		return fail(PB_ERR_CHANGED, "its size or modification time is not what it was at open");
	__atomic_store_n(&f->verified_ns, now, __ATOMIC_RELAXED);
	return PB_OK;
}
