/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that replaces another atomically: written without a name, or under a temporary one in the same
 * folder, then synced, renamed, and the folder synced.
 */
#ifndef BUNDLE_WRITE_FILE_H
#define BUNDLE_WRITE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEW_FILE_BUFFER (256 << 10)

struct new_file {
	char *path;       /* of the final file, symbolic links resolved */
	const char *base; /* its last component, in `path` */
	char temp[40];    /* name of the temporary file; empty: it has none */
	int dir, fd;
	bool borrowed;     /* the descriptor is the caller's: nothing is synced, named or closed */
	uint64_t position; /* file offset of the next byte that is put */
	size_t used;       /* bytes in the buffer */
	char buffer[NEW_FILE_BUFFER];
};

/* Starts a file for `path`. All but the buffer must be zero. On error, and after all else, new_file_close
 * follows. ARGUMENT (not a file), IO, MEMORY. */
int new_file_open(struct new_file *f, const char *path);

/* The same for an open file, which stays the caller's; `name` is for messages, and copied. MEMORY. */
int new_file_borrow(struct new_file *f, int fd, const char *name);

/* Appends: small portions are buffered, large ones written at once. IO. */
int new_file_put(struct new_file *f, const void *data, size_t size);

/* Writes out the buffer; new_file_put must not follow. IO. */
int new_file_flush(struct new_file *f);

/* Overwrites the file's beginning, after new_file_flush. IO. */
int new_file_rewrite(struct new_file *f, const void *data, size_t size);

/* Brings the flushed file to disk and gives it its name; a borrowed one is complete already. IO. */
int new_file_commit(struct new_file *f);

/* Frees what it holds; removes the temporary file unless it was committed. */
void new_file_close(struct new_file *f);

#endif
