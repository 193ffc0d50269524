/* SPDX-License-Identifier: BSD-2-Clause */
/* Input files that the user names; "-" is standard input. Return EXIT_SUCCESS, or EXIT_FAILURE and report. */
#ifndef USER_PACKING_INPUT_H
#define USER_PACKING_INPUT_H

#include <sys/stat.h>

#include "bundle/pagedbundle.h"

struct input {
	const char *name; /* for messages: as given, or "stdin" */
	const char *path; /* to open it by; lasts as long as the process, or as what was given */
	struct stat st;   /* what it is */
};

/* Finds an input. Of standard input that is not a regular file, read from its start, the bytes are first copied to a file
 * without a name in TMPDIR; once in a process. */
int input_find(struct input *in, const char *given);

/* Finds a bundle and opens it, with the defaults. */
int input_open_bundle(struct input *in, const char *given, struct pb_paged **paged);

#endif
