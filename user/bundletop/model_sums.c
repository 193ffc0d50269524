/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is not summed up */
#include "model_sums.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/text.h"
#include "user/modelfile/formats.h"
#include "user/modelfile/shards.h"
#include "file_hits.h"

/* ---- which file belongs to which ---- */

/* Only the others' names lead to them: a header, which may be long, is read if the file's own name is such a one. */
static bool may_be_part(const char *path)
{
	const char *name = strrchr(path, '/');
	return strstr(name ? name : path, "-of-") || strstr(path, "/blobs/");
}

void model_sums_note(struct model_table *table, struct model_file *file, int fd)
{
	char way[PATH_MAX + 32];
	const struct span shown = { file->path, (uint32_t)strlen(file->path), false };
	if (file->path[0] != '/' || !may_be_part(file->path))
		return;
	snprintf(way, sizeof(way), "/proc/%u/root%s", file->key.pid, file->path);
	struct regions *regions = regions_read(fd, file->size);
	if (!table->indexes)
		table->indexes = shard_memo_new();
	if (!regions || !shards_note(table->indexes, way, shown, regions)) {
		regions_free(regions);
		return;
	}
	const struct shard *shard = regions_shard(regions);
	if (shard && shard->model.data && shard->count > 1 && !file->model) {
		file->model = strndup(shard->model.data, shard->model.len);
		file->shards = shard->count;
	}
	regions_free(regions);
}

/* ---- sums ---- */

static struct model_file *find_sum(const struct model_table *table, const struct model_file *file)
{
	struct model_file *sum = table->sums;
	while (sum && (sum->key.pid != file->key.pid || strcmp(sum->model, file->model) != 0))
		sum = sum->hh.next;
	return sum;
}

static struct model_file *new_sum(struct model_table *table, const struct model_file *file)
{
	struct model_file *sum = calloc(1, sizeof(*sum));
	if (!sum)
		return NULL;
	sum->key.pid = file->key.pid;
	sum->model = strdup(file->model);
	sum->path = strdup(file->model);
	/* no key of a file is like this one */
	sum->key.ino = (uint64_t)(uintptr_t)sum;
	if (sum->model && sum->path)
		HASH_ADD(hh, table->sums, key, sizeof(sum->key), sum);
	if (sum->model && sum->path && sum->hh.tbl)
		return sum;
	free(sum->model);
	free(sum->path);
	free(sum);
	return NULL;
}

static void clear(struct model_file *sum)
{
	sum->parts = 0;
	sum->size = 0;
	sum->cached = 0;
	sum->total = sum->last = (struct file_counts){ 0 };
	sum->is_open = sum->hidden = sum->faults_unseen = false;
	sum->ended_ns = UINT64_MAX;
}

static void add_counts(struct file_counts *into, const struct file_counts *more)
{
	file_hits_add(into, more);
	into->partial |= more->partial;
}

static void add(struct model_file *sum, const struct model_file *file)
{
	sum->parts++;
	sum->shards = file->shards;
	sum->format = file->format;
	memcpy(sum->comm, file->comm, sizeof(sum->comm));
	sum->size += file->size;
	sum->cached = sum->cached < 0 || file->cached < 0 ? FILES_NOT_KNOWN : sum->cached + file->cached;
	sum->is_open |= file->is_open;
	sum->hidden |= file->hidden;
	sum->faults_unseen |= file->faults_unseen;
	if (file->ended_ns < sum->ended_ns)
		sum->ended_ns = file->ended_ns; /* 0: it runs */
	add_counts(&sum->total, &file->total);
	add_counts(&sum->last, &file->last);
}

static void drop(struct model_table *table, struct model_file *sum)
{
	HASH_DEL(table->sums, sum);
	free(sum->model);
	free(sum->path);
	free(sum);
}

void model_sums_update(struct model_table *table)
{
	struct model_file *file, *sum, *next;
	for (sum = table->sums; sum; sum = sum->hh.next)
		clear(sum);
	for (file = table->list; file; file = file->hh.next) {
		file->sum = file->model ? find_sum(table, file) : NULL;
		if (file->model && !file->sum && (file->sum = new_sum(table, file)))
			clear(file->sum);
		if (file->sum)
			add(file->sum, file);
	}
	HASH_ITER (hh, table->sums, sum, next)
		if (!sum->parts)
			drop(table, sum);
}

void model_sums_free(struct model_table *table)
{
	while (table->sums)
		drop(table, table->sums);
	shard_memo_free(table->indexes);
	table->indexes = NULL;
}

/* ---- how they are shown ---- */

/* True if a file that comes before this one has the same sum. */
static bool is_first(const struct model_file *file)
{
	const struct model_file *before = file->hh.prev;
	while (before && before->sum != file->sum)
		before = before->hh.prev;
	return !before;
}

const struct model_file **model_sums_rows(const struct model_table *table, size_t *count)
{
	size_t room = HASH_COUNT(table->list) + HASH_COUNT(table->sums), used = 0;
	const struct model_file **rows = calloc(room ? room : 1, sizeof(struct model_file *));
	for (const struct model_file *file = table->list; rows && file; file = file->hh.next) {
		if (!file->sum) {
			rows[used++] = file;
			continue;
		}
		if (!is_first(file))
			continue;
		rows[used++] = file->sum;
		for (const struct model_file *part = file; part; part = part->hh.next)
			if (part->sum == file->sum)
				rows[used++] = part;
	}
	*count = used;
	return rows;
}

struct text model_sums_name(const struct model_file *row)
{
	struct text name = { 0 };
	const char *slash = strrchr(row->path, '/');
	if (row->parts) {
		text_str(&name, row->path);
		text_str(&name, " (");
		if (row->parts < row->shards)
			text_printf(&name, "%u of ", row->parts);
		text_printf(&name, "%u shards)", row->shards);
	} else if (row->sum) {
		text_str(&name, "  ");
		text_str(&name, slash && strncmp(row->path, row->model, (size_t)(slash - row->path)) == 0
					? slash + 1
					: row->path);
	} else {
		text_str(&name, row->path);
	}
	return name;
}
