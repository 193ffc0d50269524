/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of import: each adds models and their parts to a build. Return EXIT_SUCCESS, or EXIT_FAILURE and report.
 * What the build refers to is kept in texts, which must outlive it: it reads the files when it is written. */
#ifndef USER_PACKING_IMPORT_H
#define USER_PACKING_IMPORT_H

#include "build.h"
#include "input.h"

/* Paths of files, names, values. */
struct import_texts {
	char **list;
	size_t count;
};

/* Keeps a copy, or the formatted text; NULL: out of memory. */
const char *import_keep(struct import_texts *texts, const char *text);
const char *import_keep_printf(struct import_texts *texts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Call it after the build is written, also after a failure. */
void import_texts_free(struct import_texts *texts);

/* Every regular file below a folder, in the order of their paths, as a model each; with `follow` also those that links
 * lead to. What is left out (other kinds of files, and the build's own output) is reported. */
int import_folder(struct build *b, const char *folder, bool follow, struct import_texts *texts);

struct import_how {
	bool layers; /* a model per layer, else per tensor */
	bool alone;  /* the file alone, though it is one of several of its model */
};

/* A safetensors or GGUF file: its header as a model, and its tensors. Of one of several files of a model, or their index: all
 * of these. */
int import_tensors(
	struct build *b, const struct input *from, struct import_how how, struct import_texts *texts);

#endif
