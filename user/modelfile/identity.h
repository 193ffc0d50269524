/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a file that the kernel side identified by device and inode: its path may name another file by now. */
#ifndef USER_MODELFILE_IDENTITY_H
#define USER_MODELFILE_IDENTITY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "user/event/event.h"

/* Opens the regular file `id` at `path` for reading and fills *st. -1: the path names another file, which is not
 * opened then (opening a device can have effects), or it cannot be opened. Does not block, and leaves the time of
 * access as it is where that is allowed. The descriptor is the caller's to close. */
int identity_open(const struct file_id *id, const char *path, struct stat *st);

/* True if the path now names the file `id`, of any type. Opens nothing. */
bool identity_is(const struct file_id *id, const char *path);

#endif
