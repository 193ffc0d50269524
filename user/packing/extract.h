/* SPDX-License-Identifier: BSD-2-Clause */
/* Models written out as files. Return EXIT_SUCCESS, or EXIT_FAILURE and report. Models are compared with their checksums
 * on the way: a damaged one is a failure, and gives no file. */
#ifndef USER_PACKING_EXTRACT_H
#define USER_PACKING_EXTRACT_H

#include <stdbool.h>

#include "input.h"

struct extract {
	struct pb_paged *paged;
	const struct input *bundle;
	bool force;
};

/* Every model to a file in a folder, which is made if it is missing; a '/' in a name makes folders in it. */
int extract_folder(const struct extract *x, const char *folder);

/* Model `index` to the file `out` ("-": stdout), or if that is NULL to a file called like it in the current folder. */
int extract_model(const struct extract *x, size_t index, const char *out);

#endif
