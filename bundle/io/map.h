/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory mappings of a file: for pb_map, and for bundles opened with PB_READ_MAPPED. */
#ifndef BUNDLE_IO_MAP_H
#define BUNDLE_IO_MAP_H

#include "file.h"

/* Maps the whole file read-only; *data is NULL if it is empty. Undone by map_drop. IO. */
int map_file(struct file *f, const char **data);
void map_drop(const struct file *f, const char *data);

/* madvise for all pages that [offset, offset + size) touches; `advice` is one of MADV_*. IO. */
int map_advise(const char *data, uint64_t offset, uint64_t size, int advice);

#endif
