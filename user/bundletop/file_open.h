/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a file again that a process uses, by its identity. */
#ifndef USER_BUNDLETOP_FILE_OPEN_H
#define USER_BUNDLETOP_FILE_OPEN_H

#include <sys/stat.h>

#include "bpf/events.h"

/* Opens it for reading: through the process's descriptors and mappings, or else by a path that was told (may
 * be NULL). *path: what the process calls it, to be freed. The descriptor, or -errno (-ENOENT: not found). */
int file_open(const struct use_key *key, const char *told, struct stat *st, char **path);

#endif
