/* SPDX-License-Identifier: BSD-2-Clause */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_in(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE */
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/bundletrace-XXXXXX", dir);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int spool_open(struct out *spool, const char *dir)
{
	const char *dirs[] = { dir, getenv("TMPDIR"), "/var/tmp" };
	int fd = -ENOENT;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs) && fd < 0; i++)
		if (dirs[i] && dirs[i][0])
			fd = open_in(dirs[i]);
	out_init(spool, fd);
	return fd < 0 ? fd : 0;
}

int spool_copy(struct out *spool, struct out *out)
{
	static char buf[OUT_BYTES];
	off_t at = 0;
	int err = out_flush(spool);
	while (err == 0) {
		ssize_t n = pread(spool->fd, buf, sizeof(buf), at);
		if (n == 0)
			return 0;
		if (n > 0) {
			text_add(&out->text, buf, (size_t)n);
			at += n;
			err = out_settle(out);
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	return err;
}
