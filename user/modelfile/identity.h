/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens a file that the kernel side identified by device and inode: its path may by now be that of another
 * file. Works on file systems that give their files another device than their own (btrfs, overlayfs).
 */
#ifndef USER_MODELFILE_IDENTITY_H
#define USER_MODELFILE_IDENTITY_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "user/event/event.h"

/* A descriptor to read the regular file `id` through `path`, and its *st; or -1 if the path is that of another
 * file, which is not opened (opening a device can have effects). Does not block, and does not change the time of
 * access where the file's owner allows it. */
int identity_open(const struct file_id *id, const char *path, struct stat *st);

/* The same through the descriptors and mappings of a process, or else through `path` (NULL: none). *name: what
 * the process calls the file, to be freed. A descriptor, or -errno (-ENOENT: not found; *name is NULL then). */
int identity_open_used(const struct file_id *id, pid_t pid, const char *path, struct stat *st, char **name);

/* True if the path now names the file `id`, of any type. Opens nothing. */
bool identity_is(const struct file_id *id, const char *path);

#endif
