/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local char detail[512];

/* Names come from files, and callers print the text unescaped: no control characters. */
static void tame(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

int fail(int err, const char *format, ...)
{
	int keep = errno;
	va_list args;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	tame(detail);
	errno = keep;
	return err;
}

const char *pb_error_detail(void)
{
	return detail;
}

const char *pb_strerror(int err)
{
	switch (err) {
	case PB_OK:
		return "success";
	case PB_ERR_ARGUMENT:
		return "invalid argument";
	case PB_ERR_MEMORY:
		return "out of memory";
	case PB_ERR_IO:
		return "input/output failed";
	case PB_ERR_NOT_BUNDLE:
		return "not a bundle";
	case PB_ERR_FORMAT:
		return "damaged manifest";
	case PB_ERR_TRUNCATED:
		return "file is truncated";
	case PB_ERR_BOUNDS:
		return "model lies outside the file";
	case PB_ERR_NOT_FOUND:
		return "no such model";
	case PB_ERR_CHANGED:
		return "file was changed while open";
	case PB_ERR_PINNED:
		return "in use: a view is not released";
	case PB_ERR_EXISTS:
		return "exists already";
	case PB_ERR_INCOMPLETE:
		return "bytes written differ from the size declared";
	case PB_ERR_LIMIT:
		return "does not fit within the memory limit";
	case PB_ERR_DAMAGED:
		return "damaged: the checksum differs";
	}
	return "unknown error";
}

int error_errno(int err)
{
	switch (err) {
	case PB_ERR_IO:
		return errno;
	case PB_ERR_MEMORY:
		return ENOMEM;
	case PB_ERR_NOT_FOUND:
		return ENOENT;
	case PB_ERR_CHANGED:
		return ESTALE;
	case PB_ERR_BOUNDS:
		return ERANGE;
	case PB_ERR_TRUNCATED:
		return ENODATA;
	case PB_ERR_NOT_BUNDLE:
	case PB_ERR_FORMAT:
	case PB_ERR_DAMAGED:
		return EBADMSG;
	case PB_ERR_PINNED:
		return EBUSY;
	case PB_ERR_LIMIT:
		return ENOBUFS;
	}
	return EINVAL;
}

const char *pb_version(void)
{
	return VERSION;
}
