/* SPDX-License-Identifier: BSD-2-Clause */
#include "used_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/modelfile/identity.h"

int used_file_open(const struct use_key *key, const char *path, struct stat *st, char **name)
{
	const struct file_id id = { .ino = key->ino, .dev = key->dev };
	char rooted[PATH_MAX];
	if (path && snprintf(rooted, sizeof(rooted), "/proc/%u/root%s", key->pid, path) < PATH_MAX) {
		int fd = identity_open(&id, rooted, st);
		*name = fd < 0 ? NULL : strdup(path);
		if (*name)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return identity_open_used(&id, (pid_t)key->pid, path, st, name);
}
