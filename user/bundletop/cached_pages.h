/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pages of a file are in the page cache, as the kernel says. Changes nothing there. */
#ifndef USER_BUNDLETOP_CACHED_PAGES_H
#define USER_BUNDLETOP_CACHED_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Bit 0 of pages[i]: page `first` + i is in the page cache, with its content (mincore()). False: the kernel does not say. */
bool cached_pages(int fd, uint64_t first, unsigned count, unsigned char *pages);

/* How many pages are there, those included whose content is being read (cachestat(), from Linux 6.5 on); a fraction of the cost.
 * `count` 0: up to the file's end. Negative: not known. */
int64_t cached_pages_count(int fd, uint64_t first, uint64_t count);

/* False: the kernel would show all pages of this file as present, whatever is true, unless this process has CAP_FOWNER. */
bool cached_pages_permitted(int fd, const struct stat *st);

#endif
