/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard_memo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regular_file.h"
#include "shards.h"

enum { KEPT = 8 };

struct kept_index {
	char *path;
	struct stat seen;
	struct shard_index *index; /* NULL: refused */
	const char *why;
};

struct shard_memo {
	struct kept_index kept[KEPT];
	unsigned next;
};

struct shard_memo *shard_memo_new(void)
{
	return calloc(1, sizeof(struct shard_memo));
}

static void drop(struct kept_index *kept)
{
	shard_index_free(kept->index);
	free(kept->path);
	*kept = (struct kept_index){ 0 };
}

void shard_memo_free(struct shard_memo *memo)
{
	for (unsigned i = 0; memo && i < KEPT; i++)
		drop(&memo->kept[i]);
	free(memo);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct kept_index *find(struct shard_memo *memo, const char *path)
{
	for (unsigned i = 0; memo && i < KEPT; i++)
		if (memo->kept[i].path && strcmp(memo->kept[i].path, path) == 0)
			return &memo->kept[i];
	return NULL;
}

static void keep(struct shard_memo *memo, const char *path, const struct kept_index *read)
{
	struct kept_index *at = find(memo, path);
	char *copy = strdup(path);
	if (!copy)
		return;
	if (!at)
		at = &memo->kept[memo->next++ % KEPT];
	drop(at);
	*at = *read;
	at->path = copy;
	shard_index_hold(at->index);
}

struct shard_index *shard_memo_read(struct shard_memo *memo, const char *path, const char **why)
{
	struct kept_index read = { 0 };
	struct stat now;
	const struct kept_index *kept = find(memo, path);
	*why = NULL;
	if (stat(path, &now))
		return NULL;
	if (kept && is_same(&kept->seen, &now)) {
		*why = kept->why;
		return shard_index_hold(kept->index);
	}
	int fd = regular_file_open(path, &read.seen);
	if (fd < 0)
		return NULL;
	/* read-ahead would bring pages into the page cache that the traced program did not ask for */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	read.index = shard_index_read(fd, (uint64_t)read.seen.st_size, &read.why);
	close(fd);
	*why = read.why;
	if (memo)
		keep(memo, path, &read);
	return read.index;
}
