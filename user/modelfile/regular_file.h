/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens files that other files name. */
#ifndef USER_MODELFILE_REGULAR_FILE_H
#define USER_MODELFILE_REGULAR_FILE_H

#include <sys/stat.h>

/* A descriptor to read a regular file, and its *st; -1: it is none, and was not opened (opening a device can have
 * effects). Does not block. */
int regular_file_open(const char *path, struct stat *st);

#endif
