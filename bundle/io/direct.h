/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads past the page cache (O_DIRECT), which requires offset, size and memory to be multiples of a block. */
#ifndef BUNDLE_IO_DIRECT_H
#define BUNDLE_IO_DIRECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Like pread, but for any offset, size and memory: whole aligned blocks are read in place, anything else
 * through a temporary buffer. May read less than `size`; -1 with errno. */
ssize_t direct_read(int fd, void *data, size_t size, uint64_t offset);

#endif
