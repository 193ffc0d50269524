/* SPDX-License-Identifier: BSD-2-Clause */
/* What the path of an output names before anything is written. Nothing is opened for writing but a stream. */
#ifndef USER_PACKING_TARGET_H
#define USER_PACKING_TARGET_H

#include <sys/stat.h>

enum target_kind {
	TARGET_NEW,    /* nothing */
	TARGET_FILE,   /* a regular file, perhaps through symbolic links */
	TARGET_STREAM, /* standard output, another open descriptor, or a character device */
};

struct target {
	enum target_kind kind;
	struct stat st;   /* not of TARGET_NEW */
	int folder;       /* of the file, links resolved; -1: TARGET_STREAM */
	char *path;       /* links resolved */
	const char *base; /* its last component */
	int stream;       /* TARGET_STREAM: open for writing; else -1 */
};

/* Finds what the path names; "-" is standard output, and so is what leads there, such as /dev/stdout: that is written on
 * where it stands. Links are followed where the kernel permits it. Refused: folders, block devices, pipes
 * by name (opening one may wait for ever), sockets, links that lead nowhere, and another user's file in a folder that
 * everybody may write to. Returns EXIT_SUCCESS, or EXIT_FAILURE and reports. target_end() follows in any case. */
int target_find(struct target *t, const char *path);
void target_end(struct target *t);

#endif
