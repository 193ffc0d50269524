/* SPDX-License-Identifier: BSD-2-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/base/alone.h"
#include "bundle/base/clock.h"
#include "bundle/base/error.h"
#include "direct.h"

#define RESULT_HOLDS 100000 /* in units of ticks() */

static int open_quietly(const char *path, enum pb_read mode)
{
	int cancel, direct = mode == PB_READ_DIRECT ? O_DIRECT : 0;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	int fd = open(path, O_RDONLY | O_CLOEXEC | direct);
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
	int fd = open_quietly(path, mode);
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

static int not_read(ssize_t got, uint64_t offset)
{
	if (got < 0)
		return fail(PB_ERR_IO, "read at %" PRIu64 ": %s", offset, strerror(errno));
	return fail(PB_ERR_TRUNCATED, "the file ends at %" PRIu64 ", too early", offset);
}

/* A single part: by read or pread, which tracing tools show more clearly than readv and preadv. */
static int read_one(struct file *f, char *data, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = f->mode == PB_READ_PREAD  ? pread(f->fd, data, size, (off_t)offset)
			    : f->mode == PB_READ_SEEK ? read(f->fd, data, size)
						      : direct_read(f->fd, data, size, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return not_read(n, offset);
		data += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return PB_OK;
}

/* Removes `n` bytes from the front; returns how many parts are complete. */
static unsigned int advance(struct iovec *parts, size_t n)
{
	unsigned int used = 0;
	for (; n > 0 && n >= parts[used].iov_len; used++)
		n -= parts[used].iov_len;
	if (n > 0) {
		parts[used].iov_base = (char *)parts[used].iov_base + n;
		parts[used].iov_len -= n;
	}
	return used;
}

/* One call for all parts; with direct reads, one for each. */
static int read_several(struct file *f, struct iovec *parts, unsigned int count, uint64_t offset)
{
	while (count > 0) {
		ssize_t n = f->mode == PB_READ_PREAD ? preadv(f->fd, parts, (int)count, (off_t)offset)
			    : f->mode == PB_READ_SEEK
				    ? readv(f->fd, parts, (int)count)
				    : direct_read(f->fd, parts->iov_base, parts->iov_len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return not_read(n, offset);
		unsigned int used = advance(parts, (size_t)n);
		parts += used;
		count -= used;
		offset += (uint64_t)n;
	}
	return PB_OK;
}

static int read_all(struct file *f, struct iovec *parts, unsigned int count, uint64_t offset)
{
	/* no lseek for the header: it is read once, right after open */
	if (f->mode == PB_READ_SEEK && offset > 0 && lseek(f->fd, (off_t)offset, SEEK_SET) < 0)
		return fail(PB_ERR_IO, "lseek to %" PRIu64 ": %s", offset, strerror(errno));
	return count == 1 ? read_one(f, parts->iov_base, parts->iov_len, offset)
			  : read_several(f, parts, count, offset);
}

/* `size` is the sum of the parts' sizes. */
static int read_within(
	struct file *f, struct iovec *parts, unsigned int count, uint64_t size, uint64_t offset)
{
	if (offset > f->size || size > f->size - offset)
		return fail(PB_ERR_TRUNCATED, "%" PRIu64 " bytes at %" PRIu64 " of a file of %" PRIu64, size,
			offset, f->size);
	bool alone = ALONE; /* no other thread could cancel this one */
	int cancel;
	if (!alone)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (f->mode == PB_READ_SEEK)
		file_lock(f);
	int err = size ? read_all(f, parts, count, offset) : PB_OK;
	if (f->mode == PB_READ_SEEK)
		file_unlock(f);
	if (!alone)
		pthread_setcancelstate(cancel, NULL);
	return err;
}

int file_read_parts(struct file *f, struct iovec *parts, unsigned int count, uint64_t offset)
{
	uint64_t size = 0;
	for (unsigned int i = 0; i < count; i++)
		size += parts[i].iov_len;
	return read_within(f, parts, count, size, offset);
}

int file_read(struct file *f, void *data, size_t size, uint64_t offset)
{
	return read_within(f, &(struct iovec){ data, size }, 1, size, offset);
}

void file_lock(struct file *f)
{
	pthread_mutex_lock(&f->position);
}

void file_unlock(struct file *f)
{
	pthread_mutex_unlock(&f->position);
}

/* The time-stamp counter where there is one (two to six ticks per nanosecond): half as expensive as the
 * clock, and precise enough for RESULT_HOLDS. Else nanoseconds. */
static uint64_t ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return clock_ns();
#endif
}

int file_verify_unchanged(struct file *f)
{
	uint64_t start = ticks(), verified = __atomic_load_n(&f->verified, __ATOMIC_RELAXED);
	struct stat st;
	if (f->mode != PB_READ_SEEK && verified && start - verified < RESULT_HOLDS)
		return PB_OK;
	if (fstat(f->fd, &st) < 0)
		return fail(PB_ERR_IO, "fstat: %s", strerror(errno));
	if ((uint64_t)st.st_size != f->size || st.st_mtim.tv_sec != f->mtime.tv_sec ||
		st.st_mtim.tv_nsec != f->mtime.tv_nsec || st.st_dev != f->dev || st.st_ino != f->ino)
		return fail(PB_ERR_CHANGED, "its size or modification time is not what it was at open");
	__atomic_store_n(&f->verified, start, __ATOMIC_RELAXED);
	return PB_OK;
}
