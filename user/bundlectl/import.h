/* SPDX-License-Identifier: BSD-2-Clause */
/* What import knows of: EXIT_SUCCESS, or EXIT_FAILURE and reported. Paths are kept by the caller, or in
 * `strings`. */
#ifndef USER_BUNDLECTL_IMPORT_H
#define USER_BUNDLECTL_IMPORT_H

#include "build.h"

/* Every regular file below a folder, in the order of their paths; *paths are to be freed after the build. */
struct import_paths {
	char **list;
	size_t count;
};
int import_folder(struct build *b, const char *folder, struct import_paths *paths);
void import_paths_free(struct import_paths *paths);

/* A safetensors or GGUF file. `size` keeps a text. */
int import_tensors(struct build *b, const char *path, bool layers, char size[32]);

#endif
