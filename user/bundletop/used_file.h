/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a file that a process uses. */
#ifndef USER_BUNDLETOP_USED_FILE_H
#define USER_BUNDLETOP_USED_FILE_H

#include <sys/stat.h>

#include "bpf/events.h"

/* Opens a file of a process: by its path in the process's root (NULL: not known), or through what it has open or mapped, which
 * takes longer. *name: what the process calls it, to be freed. A descriptor or -errno. */
int used_file_open(const struct use_key *key, const char *path, struct stat *st, char **name);

#endif
