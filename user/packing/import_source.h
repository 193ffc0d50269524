/* SPDX-License-Identifier: BSD-2-Clause */
/* One safetensors or GGUF file that is imported, alone or with the others of its model; for the files import_*.c. Functions return
 * EXIT_SUCCESS, or EXIT_FAILURE and report. */
#ifndef USER_PACKING_IMPORT_SOURCE_H
#define USER_PACKING_IMPORT_SOURCE_H

#include <uthash.h>

#include "import.h"
#include "user/modelfile/regions.h"
#include "user/modelfile/shards.h"

struct import_source {
	struct build *b;
	struct import_texts *texts;
	const char *name, *path; /* for messages; to open it by */
	int fd;
	uint64_t size;
	struct regions *regions;
	bool by_layer;
	uint32_t number;                 /* of several files, from 1; 0: it is the only one */
	const struct import_source *all; /* all files that are imported, this one too */
	uint32_t count;                  /* how many those are */
};

/* Opens the file at `path`; import_source_close() follows in any case. */
int import_source_open(struct import_source *s);
void import_source_close(struct import_source *s);

/* Reads its header, and checks that export can make the file again. */
int import_read_regions(struct import_source *s);

/* Models by the name of their layer: uthash; the bytes of names belong to the regions. */
struct layer_model {
	UT_hash_handle hh;
	uint32_t model;
};
void import_layers_free(struct layer_model **layers);

/* Add models: of the header, of the tensors, and of bytes of no tensor, if any are not zero. `layers`: those of the files
 * before. */
int import_add_header(const struct import_source *s);
int import_add_tensors(const struct import_source *s, struct layer_model **layers);
int import_add_gaps(const struct import_source *s);

/* A name that no tensor's model has, kept: `wanted`, or that and a number. NULL: out of memory. */
const char *import_free_name(const struct import_source *s, const char *wanted);

/* Adds metadata of this file; `value` is kept by the caller, NULL: out of memory. */
int import_add_pair(const struct import_source *s, const char *key, const char *value);

/* Reports why the file is not imported. Returns EXIT_FAILURE. */
int import_refuse(const struct import_source *s, const char *why);

/* All files of a model, which are opened here. */
int import_shards(struct build *b, const struct shards *shards, bool by_layer, struct import_texts *texts);

#endif
