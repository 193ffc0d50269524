/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_speed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/base/clock.h"

#define ALIGNED 4096 /* of the memory: more than any device needs */

/* What the threads that read share. */
struct reading {
	int fd;
	uint64_t end, deadline_ns;
	_Atomic uint64_t next, bytes;
	_Atomic int err;
};

/* The number in a file of /sys, as MAJOR:MINOR. 0: there is none. */
static uint32_t dev_in(const char *path)
{
	unsigned major_number, minor_number;
	FILE *file = fopen(path, "re");
	int got = file ? fscanf(file, "%u:%u", &major_number, &minor_number) : 0;
	if (file)
		fclose(file);
	return got == 2 ? major_number << 20 | (minor_number & 0xfffff) : 0;
}

/* The disk of a file system, that of its partition too. 0: it is on none. */
static uint32_t disk_of(dev_t dev)
{
	char path[96], partition[96];
	if (major(dev) == 0)
		return 0;
	snprintf(partition, sizeof(partition), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%sdev", major(dev), minor(dev),
		access(partition, F_OK) == 0 ? "../" : "");
	return dev_in(path);
}

static void *read_pieces(void *of)
{
	struct reading *r = of;
	void *piece;
	if (posix_memalign(&piece, ALIGNED, SPEED_REQUEST_BYTES))
		return NULL;
	while (clock_monotonic_ns() < r->deadline_ns && !atomic_load(&r->err)) {
		uint64_t at = atomic_fetch_add(&r->next, SPEED_REQUEST_BYTES);
		ssize_t got = at < r->end ? pread(r->fd, piece, SPEED_REQUEST_BYTES, (off_t)at) : 0;
		if (got < 0)
			atomic_store(&r->err, errno);
		if (got <= 0)
			break;
		atomic_fetch_add(&r->bytes, (uint64_t)got);
	}
	free(piece);
	return NULL;
}

/* How long it took. */
static uint64_t read_all(struct reading *r)
{
	pthread_t threads[SPEED_AT_ONCE];
	unsigned started = 0;
	uint64_t begun_ns = clock_monotonic_ns();
	r->deadline_ns = begun_ns + SPEED_MS_MAX * UINT64_C(1000000);
	while (started < SPEED_AT_ONCE && pthread_create(&threads[started], NULL, read_pieces, r) == 0)
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return clock_monotonic_ns() - begun_ns;
}

static const char *unfit(int fd, const struct stat *st, struct device_speed *speed)
{
	struct statfs fs;
	if (fstatfs(fd, &fs) || fs.f_type == FUSE_SUPER_MAGIC || !(speed->dev = disk_of(st->st_dev)))
		return "it is not on a block device of its file system's own";
	if (st->st_size < SPEED_REQUEST_BYTES)
		return "it is smaller than one request";
	if ((uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size)
		return "it has holes, or is compressed";
	return NULL;
}

const char *device_speed_measure(int fd, struct device_speed *speed)
{
	char self[64];
	struct stat st;
	*speed = (struct device_speed){ 0 };
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return "it is no regular file";
	const char *why = unfit(fd, &st, speed);
	if (why)
		return why;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	struct reading r = { .fd = open(self, O_RDONLY | O_DIRECT | O_CLOEXEC) };
	if (r.fd < 0) {
		speed->err = errno;
		return "it cannot be read with O_DIRECT";
	}
	r.end = (uint64_t)st.st_size / SPEED_REQUEST_BYTES * SPEED_REQUEST_BYTES;
	r.end = r.end < SPEED_BYTES_MAX ? r.end : SPEED_BYTES_MAX;
	speed->ns = read_all(&r);
	speed->bytes = atomic_load(&r.bytes);
	speed->err = atomic_load(&r.err);
	close(r.fd);
	return speed->err || !speed->bytes ? "it could not be read" : NULL;
}
