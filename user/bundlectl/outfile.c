/* SPDX-License-Identifier: BSD-2-Clause */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/report.h"

static int fail_out(const struct outfile *out)
{
	report("%s: %s", printable(out->path), strerror(errno));
	return EXIT_FAILURE;
}

/* What a new file would have. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int outfile_open(struct outfile *out, const char *path)
{
	*out = (struct outfile){ .fd = -1, .path = path };
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0;
	if (asprintf(&out->temp, "%.*s.bundlectl-XXXXXX", folder, path) < 0) {
		out->temp = NULL;
		errno = ENOMEM;
		return fail_out(out);
	}
	out->fd = mkostemp(out->temp, O_CLOEXEC);
	if (out->fd >= 0 && fchmod(out->fd, usual_mode()) == 0)
		return EXIT_SUCCESS;
	int status = fail_out(out);
	outfile_close(out, status);
	return status;
}

int outfile_close(struct outfile *out, int status)
{
	if (out->fd >= 0) {
		if (!status && fsync(out->fd) < 0)
			status = fail_out(out);
		if (close(out->fd) < 0 && !status)
			status = fail_out(out);
		if (!status && rename(out->temp, out->path) < 0)
			status = fail_out(out);
		if (status)
			unlink(out->temp);
	}
	free(out->temp);
	return status;
}
