/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that appears, or is replaced, whole: written beside its place under a temporary name, then renamed. */
#ifndef USER_BUNDLECTL_OUTFILE_H
#define USER_BUNDLECTL_OUTFILE_H

struct outfile {
	int fd;
	const char *path;
	char *temp;
};

/* EXIT_SUCCESS, or EXIT_FAILURE and reported. */
int outfile_open(struct outfile *out, const char *path);
/* With EXIT_SUCCESS: into its place, to disk. Otherwise it is removed. Returns the status, or EXIT_FAILURE. */
int outfile_close(struct outfile *out, int status);

#endif
