/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of import: each adds models and their parts to a build. Return EXIT_SUCCESS, or EXIT_FAILURE and report.
 * Paths must outlive the build: it reads the files when it is written. */
#ifndef USER_PACKING_IMPORT_H
#define USER_PACKING_IMPORT_H

#include "build.h"
#include "input.h"

/* Paths of the files below a folder; owns them. */
struct import_paths {
	char **list;
	size_t count;
};

/* Every regular file below a folder, in the order of their paths, as a model each; with `follow` also those that links
 * lead to. What is left out (other kinds of files, and the build's own output) is reported. Call import_paths_free() after
 * the build is written, also after a failure. */
int import_folder(struct build *b, const char *folder, bool follow, struct import_paths *paths);
void import_paths_free(struct import_paths *paths);

/* What the build refers to, and must outlive it. */
struct import_texts {
	char size[32];
	char header[256], gaps[256]; /* names of models */
};

/* A safetensors or GGUF file: its header as a model, and a model per tensor or, with `layers`, per layer. */
int import_tensors(struct build *b, const struct input *from, bool layers, struct import_texts *texts);

#endif
