/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of a file is in the page cache now. */
#ifndef USER_MODELFILE_CACHED_BYTES_H
#define USER_MODELFILE_CACHED_BYTES_H

#include <stdint.h>

/* Bytes of pages that are in the page cache and lie at least partly in [start, end) of the open file, no more than the
 * range has. -errno: it cannot be told. Changes nothing. Asked range by range, this takes the kernel about a millisecond for
 * each GiB (cachestat, Linux 6.5), or a page table's time before (mincore). */
int64_t cached_bytes(int fd, uint64_t start, uint64_t end);

#endif
