/* SPDX-License-Identifier: BSD-2-Clause */
/* An open bundle file: exact reads, and a check that it is still the file that was opened. No function here
 * is a cancellation point. */
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
	uint64_t verified;        /* time of the last successful file_verify_unchanged. Atomic */
	pthread_mutex_t position; /* PB_READ_SEEK: makes an lseek and its reads one step */
};

/* Opens a regular file for reading. On error the struct is valid and closed. NOT_BUNDLE (not a regular file),
 * IO. */
int file_open(struct file *f, const char *path, enum pb_read mode);
void file_close(struct file *f);

/* Reads exactly `size` bytes at `offset`. Thread-safe. TRUNCATED, IO. */
int file_read(struct file *f, void *data, size_t size, uint64_t offset);

/* The same into up to 1024 parts, one after another. `parts` is overwritten. */
int file_read_parts(struct file *f, struct iovec *parts, unsigned int count, uint64_t offset);

/* CHANGED if the file's size, time or identity differ from those at file_open; IO. Call it after a read, so
 * that a change before or during the read is noticed. Except with PB_READ_SEEK a result is reused for about
 * 100 us: an fstat per load would cost 5 percent of the speed at 64 KiB, and a third for small models. With
 * PB_READ_SEEK each call asks, so that every run makes the same system calls. */
int file_verify_unchanged(struct file *f);

/* Keeps other threads out of the step from lseek to read; for fork and for file.c itself. */
void file_lock(struct file *f);
void file_unlock(struct file *f);

#endif
