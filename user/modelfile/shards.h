/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models whose tensors are in several files (shards) of one folder. A GGUF file says so itself (split.no, split.count);
 * of safetensors and PyTorch files an index beside them does (shard_index.h). Names only lead to the other files.
 */
#ifndef USER_MODELFILE_SHARDS_H
#define USER_MODELFILE_SHARDS_H

#include "regions.h"
#include "shard_index.h"

/* What indexes were found to say, so that one is read once for all of its files. */
struct shard_memo;

struct shard_memo *shard_memo_new(void); /* NULL: out of memory */
void shard_memo_free(struct shard_memo *memo);

/* A model in several files. */
struct shards {
	char *folder;              /* of its files, with the slash; "": the working directory */
	char *name;                /* what the names of its files, or that of its index, begin with */
	uint32_t number, count;    /* of the file that was asked for, from 0; of all */
	uint32_t tensors;          /* of all files, as they or the index say; 0: not said */
	struct shard_index *index; /* NULL: GGUF */
	char *index_path;
};

/* The model that the file `path` is a part of; its content has these regions. NULL: it is a whole model (*why NULL), or the
 * others cannot be told (*why: a static text). Free with shards_free(). */
struct shards *shards_find(
	struct shard_memo *memo, const char *path, const struct regions *regions, const char **why);
/* The same of an index. */
struct shards *shards_of_index(struct shard_memo *memo, const char *path, const char **why);
void shards_free(struct shards *shards);

/* The path of one of its files, to be freed. NULL: out of memory. */
char *shards_path(const struct shards *shards, uint32_t number);

/* How many tensors the index lists for a file; 0: there is no index. */
uint32_t shards_tensors_of(const struct shards *shards, uint32_t number);

/* Says in the regions of the file `path` of which model it is a part, if it is one. `shown`: how its process names it, which
 * the model's path is made from. False: no memory. */
bool shards_note(struct shard_memo *memo, const char *path, struct span shown, struct regions *regions);

#endif
