/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexes that were read, until they change. */
#ifndef USER_MODELFILE_SHARD_MEMO_H
#define USER_MODELFILE_SHARD_MEMO_H

#include "shard_index.h"

struct shard_memo;

/* The index at `path`, to be freed with shard_index_free(). NULL: there is no such file (*why NULL), or it is refused
 * (*why: a static text). memo NULL: it is read. */
struct shard_index *shard_memo_read(struct shard_memo *memo, const char *path, const char **why);

#endif
