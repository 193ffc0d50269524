/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of files that somebody else is about to read: they bring no pages into the page cache. */
#ifndef USER_BASE_QUIET_READ_H
#define USER_BASE_QUIET_READ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As pread(). What is in the page cache comes from there; else it is read with O_DIRECT where the file system has that, up
 * to QUIET_BYTES at once. May return less than `size`. */
enum { QUIET_BYTES = 64 << 10 };
ssize_t quiet_read(int fd, void *out, size_t size, uint64_t offset);

#endif
