/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads past the page cache (O_DIRECT), which want whole blocks of file and memory. */
#ifndef BUNDLE_IO_DIRECT_H
#define BUNDLE_IO_DIRECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As pread, of any range into any memory: as it is where it lies in whole blocks, else a part of it through
 * memory of its own. */
ssize_t direct_read(int fd, void *data, size_t size, uint64_t offset);

#endif
