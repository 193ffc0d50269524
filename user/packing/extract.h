/* SPDX-License-Identifier: BSD-2-Clause */
/* Models written out as files. Return EXIT_SUCCESS, or EXIT_FAILURE and report; `file` is the bundle's path. */
#ifndef USER_PACKING_EXTRACT_H
#define USER_PACKING_EXTRACT_H

#include <stdbool.h>

#include "bundle/pagedbundle.h"

/* Every model to a file in a folder, which is made if it is missing. */
int extract_folder(struct pb_paged *p, const char *file, const char *folder, bool force);

/* Model `index` to the file `out` ("-": stdout), or if that is NULL to a file called like it in the current folder. */
int extract_model(struct pb_paged *p, const char *file, size_t index, const char *out, bool force);

#endif
