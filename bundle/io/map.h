/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings of a file, for pb_map and for bundles that are read with PB_READ_MAPPED. */
#ifndef BUNDLE_IO_MAP_H
#define BUNDLE_IO_MAP_H

#include "file.h"

/* All of it, to be read; *data NULL if it is empty. IO. */
int map_file(struct file *f, const char **data);
void map_drop(const struct file *f, const char *data);

/* IO. */
int map_advise(const char *data, uint64_t offset, uint64_t size, int advice);

#endif
