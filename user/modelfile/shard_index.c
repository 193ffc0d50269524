/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "shard_index.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "header.h"
#include "json_members.h"

#define INDEX_MAX   (64u << 20) /* bytes: room for 600,000 tensors */
#define TENSORS_MAX 1000000u

struct index_file {
	uint32_t number, tensors;
	UT_hash_handle hh;
	char name[];
};

struct shard_index {
	struct index_file *files; /* uthash by name */
	struct index_file *last;  /* the one of the tensor before */
	struct index_file **by_number;
	uint32_t tensors;
	bool mapped; /* it has a weight_map */
	unsigned users;
	const char *why;
};

static bool refuse(struct shard_index *index, const char *why)
{
	if (!index->why)
		index->why = why;
	return false;
}

/* ---- reading ---- */

static bool is_in_folder(const char *name, size_t len)
{
	return len > 0 && len <= NAME_MAX && !memchr(name, '/', len) && !memchr(name, 0, len) &&
	       !(len == 1 && name[0] == '.') && !(len == 2 && memcmp(name, "..", 2) == 0);
}

/* NULL: refused. */
static struct index_file *add_file(struct shard_index *index, const char *name, size_t len)
{
	struct index_file *file = NULL;
	if (!is_in_folder(name, len))
		refuse(index, "it names a file that is not in its folder");
	else if (HASH_COUNT(index->files) == SHARDS_MAX)
		refuse(index, "it names more than 4096 files");
	else if (!(file = calloc(1, sizeof(*file) + len + 1)))
		refuse(index, "out of memory");
	if (!file)
		return NULL;
	memcpy(file->name, name, len);
	HASH_ADD_KEYPTR(hh, index->files, file->name, len, file);
	if (file->hh.tbl)
		return file;
	free(file);
	refuse(index, "out of memory");
	return NULL;
}

static bool count_tensor(struct shard_index *index, const char *name, size_t len)
{
	struct index_file *file = index->last;
	if (!file || strlen(file->name) != len || memcmp(file->name, name, len) != 0)
		HASH_FIND(hh, index->files, name, len, file);
	if (!file)
		file = add_file(index, name, len);
	if (!file)
		return false;
	if (index->tensors == TENSORS_MAX)
		return refuse(index, "it lists more than 1000000 tensors");
	index->last = file;
	index->tensors++;
	file->tensors++;
	return true;
}

static bool take_tensor(void *ctx, const struct json_member *m)
{
	struct shard_index *index = ctx;
	const char *bad = "a tensor of its weight_map has no name of a file";
	if (m->value_end - m->value < 2 || *m->value != '"' || json_has_zero(m->value, m->value_end))
		return refuse(index, bad);
	size_t len = (size_t)(m->value_end - m->value) - 2;
	if (!memchr(m->value, '\\', len + 2) && memchr(m->value + 1, '"', len + 1) == m->value_end - 1)
		return count_tensor(index, m->value + 1, len);
	cJSON *name = json_piece(m->value, m->value_end);
	bool good = cJSON_IsString(name) ? count_tensor(index, name->valuestring, strlen(name->valuestring))
					 : refuse(index, bad);
	cJSON_Delete(name);
	return good;
}

static bool take_member(void *ctx, const struct json_member *m)
{
	struct shard_index *index = ctx;
	if (!json_key_is(m, "weight_map"))
		return true;
	if (index->mapped)
		return refuse(index, "it has two weight_maps");
	index->mapped = true;
	return json_members(m->value, m->value_end, take_tensor, index) == JSON_WHOLE ||
	       refuse(index, "its weight_map is not right");
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct index_file *const *)a)->name, (*(struct index_file *const *)b)->name);
}

static bool number_files(struct shard_index *index)
{
	uint32_t count = HASH_COUNT(index->files), at = 0;
	index->by_number = calloc(count ? count : 1, sizeof(struct index_file *));
	if (!index->by_number)
		return refuse(index, "out of memory");
	for (struct index_file *file = index->files; file; file = file->hh.next)
		index->by_number[at++] = file;
	qsort(index->by_number, count, sizeof(struct index_file *), by_name);
	for (uint32_t i = 0; i < count; i++)
		index->by_number[i]->number = i;
	return true;
}

static bool parse(struct shard_index *index, const char *json, uint64_t size)
{
	if (json_members(json, json + size, take_member, index) != JSON_WHOLE)
		return refuse(index, "it is not JSON");
	if (!index->mapped)
		return refuse(index, "it has no weight_map");
	return number_files(index);
}

/* The bytes of the file, to be freed; NULL: it cannot be read. */
static char *read_all(int fd, uint64_t size)
{
	struct header *h = malloc(sizeof(*h));
	char *all = h ? malloc(size + 1) : NULL;
	if (all) {
		header_open(h, fd, size);
		header_take(h, all, size);
	}
	if (all && h->failed) {
		free(all);
		all = NULL;
	}
	free(h);
	return all;
}

struct shard_index *shard_index_read(int fd, uint64_t size, const char **why)
{
	*why = size > INDEX_MAX ? "it is larger than 64 MiB" : "it cannot be read";
	char *json = size == 0 || size > INDEX_MAX ? NULL : read_all(fd, size);
	struct shard_index *index = json ? calloc(1, sizeof(*index)) : NULL;
	if (!index) {
		free(json);
		return NULL;
	}
	index->users = 1;
	bool good = parse(index, json, size);
	free(json);
	*why = good ? NULL : index->why;
	if (good)
		return index;
	shard_index_free(index);
	return NULL;
}

struct shard_index *shard_index_hold(struct shard_index *index)
{
	if (index)
		index->users++;
	return index;
}

void shard_index_free(struct shard_index *index)
{
	struct index_file *file, *next;
	if (!index || --index->users)
		return;
	HASH_ITER (hh, index->files, file, next) {
		HASH_DEL(index->files, file);
		free(file);
	}
	free(index->by_number);
	free(index);
}

/* ---- what it says ---- */

uint32_t shard_index_count(const struct shard_index *index)
{
	return HASH_COUNT(index->files);
}

uint32_t shard_index_tensors(const struct shard_index *index)
{
	return index->tensors;
}

const char *shard_index_name(const struct shard_index *index, uint32_t number)
{
	return index->by_number[number]->name;
}

uint32_t shard_index_tensors_of(const struct shard_index *index, uint32_t number)
{
	return index->by_number[number]->tensors;
}

bool shard_index_find(const struct shard_index *index, const char *name, uint32_t *number)
{
	struct index_file *file;
	HASH_FIND(hh, index->files, name, strlen(name), file);
	if (file)
		*number = file->number;
	return file;
}
