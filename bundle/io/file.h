/* SPDX-License-Identifier: BSD-2-Clause */
/* An open bundle file: exact reads, and whether it is still the file that was opened. No function
 * here is a point of cancellation. */
#ifndef BUNDLE_IO_FILE_H
#define BUNDLE_IO_FILE_H

#include <pthread.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "bundle/pagedbundle.h"

struct file {
	int fd; /* -1: none */
	enum pb_read mode;
	uint64_t size;
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
	uint64_t verified;        /* when it was last seen to be unchanged. Atomic */
	pthread_mutex_t position; /* with PB_READ_SEEK: one lseek and its reads at a time */
};

/* NOT_BUNDLE unless it is a regular file; IO. */
int file_open(struct file *f, const char *path, enum pb_read mode);
void file_close(struct file *f);

/* Exactly `size` bytes at `offset`: TRUNCATED, IO. Any number of threads. */
int file_read(struct file *f, void *data, size_t size, uint64_t offset);

/* The same into up to 1024 parts, one after another; `parts` are used up. */
int file_read_parts(struct file *f, struct iovec *parts, unsigned int count, uint64_t offset);

/* CHANGED if the file's size or time differ from those at file_open; IO. Asked after a read, so that a change
 * before or during the read is seen. With pread an answer holds for 100 us: asking the kernel each time
 * would take a twentieth of the speed of loads of 64 KiB, and a third of that of small ones. With lseek and
 * read it is asked after each read: the same calls in each run. */
int file_verify_unchanged(struct file *f);

/* Nobody is between an lseek and its read. */
void file_lock(struct file *f);
void file_unlock(struct file *f);

#endif
