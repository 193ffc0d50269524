/* SPDX-License-Identifier: BSD-2-Clause */
/* The models of a table of files that are in several of them: uthash, by path. */
#ifndef USER_TABLES_FILE_MODELS_H
#define USER_TABLES_FILE_MODELS_H

#include "file_stats.h"
#include "user/modelfile/regions.h"

/* Notes which model the file is a part of, as its names say. shard NULL: none. `room`: memory that may still be taken. */
void file_models_note(
	struct file_model **models, struct file_stats *file, const struct shard *shard, size_t *room);

/* Finds the files of each model and their sums, in the order of the files; then puts models in order, most time first. */
void file_models_sort(struct file_model **models, struct file_stats *files);

void file_models_free(struct file_model **models);

#endif
