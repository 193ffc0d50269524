/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of a model whose tensors are in several files (model.safetensors.index.json): a JSON object whose "weight_map"
 * has, for each tensor, the name of its file. The files are in the index's own folder.
 */
#ifndef USER_MODELFILE_SHARD_INDEX_H
#define USER_MODELFILE_SHARD_INDEX_H

#include <stdbool.h>
#include <stdint.h>

enum { SHARDS_MAX = 4096 }; /* files of a model */

struct shard_index;

/* Reads the index behind `fd`, which has `size` bytes. NULL, and in *why a static text: it is none, it is damaged, it names
 * a file that is not in its folder, or it is too large. */
struct shard_index *shard_index_read(int fd, uint64_t size, const char **why);

/* One more user of the index, and one less: the last one frees it. NULL is taken. */
struct shard_index *shard_index_hold(struct shard_index *index);
void shard_index_free(struct shard_index *index);

/* How many files it names, and how many tensors it lists for all of them. */
uint32_t shard_index_count(const struct shard_index *index);
uint32_t shard_index_tensors(const struct shard_index *index);

/* A file by its number, in the order of their names; and the number of a file. */
const char *shard_index_name(const struct shard_index *index, uint32_t number);
uint32_t shard_index_tensors_of(const struct shard_index *index, uint32_t number);
bool shard_index_find(const struct shard_index *index, const char *name, uint32_t *number);

#endif
