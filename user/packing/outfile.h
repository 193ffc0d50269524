/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output files of extract and export, and what happens to a file that is already there. Three ways:
 *   replace    it is replaced whole, or stays as it was: written beside its place, synced, then renamed
 *   overwrite  it is truncated and written, as a shell's > does: may be a pipe or a device
 *   create     it is an error, or with `force` it is removed first; never written through a symbolic link
 * Bundles are written by the library, in the first way.
 */
#ifndef USER_PACKING_OUTFILE_H
#define USER_PACKING_OUTFILE_H

#include <stdbool.h>

struct outfile {
	int fd;
	const char *path; /* for messages; kept by the caller */
	char *temp;       /* replace: where it is written until it is whole */
	int folder;       /* create: where it is removed again if it is not whole */
	bool created;
};

/* Return EXIT_SUCCESS, or EXIT_FAILURE and report. */
int outfile_replace(struct outfile *out, const char *path);
int outfile_overwrite(struct outfile *out, const char *path);
int outfile_create(struct outfile *out, int folder, const char *name, bool force);

/* Ends a file that was opened, given the status of what wrote it. EXIT_SUCCESS: completes it; anything else: removes
 * what `replace` and `create` made. Returns that status, or EXIT_FAILURE and reports. */
int outfile_close(struct outfile *out, int status);

#endif
