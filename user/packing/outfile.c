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
#include "reports.h"

/* What open() would give a new file; mkostemp() gives it 0600. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int outfile_replace(struct outfile *out, const char *path)
{
	*out = (struct outfile){ .fd = -1, .path = path };
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0;
	if (asprintf(&out->temp, "%.*s.bundlectl-XXXXXX", folder, path) < 0) {
		out->temp = NULL;
		errno = ENOMEM;
		return report_errno(path);
	}
	out->fd = mkostemp(out->temp, O_CLOEXEC);
	if (out->fd >= 0 && fchmod(out->fd, default_mode()) == 0)
		return EXIT_SUCCESS;
	return outfile_close(out, report_errno(path));
}

int outfile_overwrite(struct outfile *out, const char *path)
{
	*out = (struct outfile){ .path = path };
	out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return out->fd < 0 ? report_errno(path) : EXIT_SUCCESS;
}

int outfile_create(struct outfile *out, int folder, const char *name, bool force)
{
	*out = (struct outfile){ .path = name, .folder = folder, .created = true };
	if (force)
		unlinkat(folder, name, 0);
	out->fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (out->fd >= 0)
		return EXIT_SUCCESS;
	if (errno != EEXIST)
		return report_errno(name);
	report("%s: %s (--force overwrites it)", printable(name), strerror(EEXIST));
	return EXIT_FAILURE;
}

int outfile_close(struct outfile *out, int status)
{
	if (out->fd >= 0) {
		if (!status && out->temp && fsync(out->fd) < 0)
			status = report_errno(out->path);
		if (close(out->fd) < 0 && !status)
			status = report_errno(out->path);
		if (!status && out->temp && rename(out->temp, out->path) < 0)
			status = report_errno(out->path);
		if (status && out->temp)
			unlink(out->temp);
		if (status && out->created)
			unlinkat(out->folder, out->path, 0);
	}
	free(out->temp);
	return status;
}
