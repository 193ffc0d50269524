/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of import: each adds models and their parts to a build. Return EXIT_SUCCESS, or EXIT_FAILURE and report.
 * Paths must outlive the build: it reads the files when it is written. */
#ifndef USER_PACKING_IMPORT_H
#define USER_PACKING_IMPORT_H

#include "build.h"

/* Paths of the files below a folder; owns them. */
struct import_paths {
	char **list;
	size_t count;
};

/* Every regular file below a folder, in the order of their paths, as a model each. Call import_paths_free() after the
 * build is written, also after a failure. */
int import_folder(struct build *b, const char *folder, struct import_paths *paths);
void import_paths_free(struct import_paths *paths);

/* A safetensors or GGUF file: its header as a model, and a model per tensor or, with `layers`, per layer. `size`
 * receives a metadata value that the build refers to: it must outlive it. */
int import_tensors(struct build *b, const char *path, bool layers, char size[32]);

#endif
