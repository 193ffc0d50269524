/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output files, the one way for every command. A regular file appears, or is replaced, at once and whole: it is written
 * without a name (temporary.h), brought to disk and then given its name; until then, and after any failure, what was
 * there stays. A replaced file keeps its permissions, and its owner where that may be. Standard output, another
 * descriptor that is open already, or a character device is written into as the bytes come (target.h). Nothing is ever written over the file
 * that the bytes come from. Functions return EXIT_SUCCESS, or EXIT_FAILURE and report.
 */
#ifndef USER_PACKING_OUTFILE_H
#define USER_PACKING_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "target.h"
#include "temporary.h"

struct outfile {
	int fd;           /* to be written to */
	bool seekable;    /* else written in order */
	const char *path; /* for messages; kept by the caller */
	struct target target;
	struct temporary temporary;
	bool sync;
};

enum outfile_flags {
	OUTFILE_SEEKS = 1,      /* it must be seekable: a stream gets the bytes when all are there */
	OUTFILE_OVER_INPUT = 2, /* it may replace the input, which stays readable as it was */
};

/* Opens an output that the user has named; "-" is standard output. `input`: the file that the bytes come from, NULL: not
 * one. outfile_close() must follow a success. */
int outfile_open(struct outfile *out, const char *path, const struct stat *input, unsigned flags);

/* Opens a file in a folder, under a name that the user did not choose. What has the name already is an error, or with
 * `force` replaced, if it is a regular file; links are not followed. `folder` stays the caller's; `shown` is for
 * messages, and both names are kept by the caller. */
struct outfile_place {
	int folder;
	const char *name, *shown;
};
int outfile_open_in(struct outfile *out, struct outfile_place place, const struct stat *input, bool force);

/* Writes all of it. Returns 0, or -1 with errno. */
int outfile_write(const struct outfile *out, const void *data, size_t size);

/* Ends a file that was opened, given the status of what wrote it: gives it its name, or with a failure removes it. Returns
 * that status, or EXIT_FAILURE and reports. */
int outfile_close(struct outfile *out, int status);

/* Whether a file is the one that the output's path names now. */
bool outfile_is(const char *path, const struct stat *file);

#endif
