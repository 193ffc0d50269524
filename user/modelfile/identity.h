/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a file that the kernel side named by device and inode: a path may stand for another one by now. */
#ifndef USER_MODELFILE_IDENTITY_H
#define USER_MODELFILE_IDENTITY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "user/event/event.h"

/* A descriptor to read the regular file `id` through `path`, and its *st; or -1 if the path is that of any
 * other file, which is not opened then (opening a device can have effects). Does not block, and does not
 * touch the time of access. */
int identity_open(const struct file_id *id, const char *path, struct stat *st);

/* True if the path is, right now, that of the file `id`, of whatever type. Opens nothing. */
bool identity_is(const struct file_id *id, const char *path);

#endif
