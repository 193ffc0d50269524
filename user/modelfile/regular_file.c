/* SPDX-License-Identifier: BSD-2-Clause */
#include "regular_file.h"

#include <fcntl.h>
#include <unistd.h>

int regular_file_open(const char *path, struct stat *st)
{
	if (stat(path, st) || !S_ISREG(st->st_mode))
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}
