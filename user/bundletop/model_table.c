/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_table.h"

#include <stdlib.h>

enum { OTHERS_MAX = 1 << 16 }; /* of each kind */

struct other_file {
	struct file_inode inode;
	struct timespec changed; /* its ctime */
	UT_hash_handle hh;
};

static struct file_inode inode_of(uint64_t dev, uint64_t ino, pid_t pid)
{
	return (struct file_inode){ .dev = dev, .ino = ino, .pid = (uint64_t)pid };
}

struct model_file *model_table_find(const struct model_table *table, const struct use_key *key)
{
	struct model_file *file;
	HASH_FIND(hh, table->list, key, sizeof(*key), file);
	return file;
}

struct model_file *model_table_find_inode(
	const struct model_table *table, uint64_t dev, uint64_t ino, pid_t pid)
{
	struct file_inode inode = inode_of(dev, ino, pid);
	struct model_file *file;
	HASH_FIND(by_inode, table->by_inode, &inode, sizeof(inode), file);
	return file;
}

/* Each file in each process counts once, however often it is met. */
static void note_left_out(struct model_table *table, const struct file_inode *inode, bool left_out)
{
	struct other_file *left;
	HASH_FIND(hh, table->left, inode, sizeof(*inode), left);
	if (left && !left_out) {
		HASH_DEL(table->left, left);
		free(left);
	} else if (!left && left_out && HASH_COUNT(table->left) < OTHERS_MAX) {
		left = calloc(1, sizeof(*left));
		if (left) {
			left->inode = *inode;
			HASH_ADD(hh, table->left, inode, sizeof(left->inode), left);
		}
	}
	table->left_out = HASH_COUNT(table->left);
}

struct model_file *model_table_add(struct model_table *table, const struct use_key *key,
	const struct stat *st, char *path, const char *format)
{
	struct model_file *file = HASH_COUNT(table->list) < FILES_MAX ? calloc(1, sizeof(*file)) : NULL;
	const struct file_inode inode = inode_of(st->st_dev, st->st_ino, (pid_t)key->pid);
	note_left_out(table, &inode, !file);
	if (!file) {
		free(path);
		return NULL;
	}
	file->key = *key;
	file->inode = inode;
	file->path = path;
	file->format = format;
	file->size = (uint64_t)st->st_size;
	file->cached = FILES_NOT_KNOWN;
	file_mappings_init(&file->mappings);
	HASH_ADD(hh, table->list, key, sizeof(file->key), file);
	HASH_ADD(by_inode, table->by_inode, inode, sizeof(file->inode), file);
	return file;
}

void model_table_rekey(struct model_table *table, struct model_file *file, const struct use_key *key)
{
	HASH_DELETE(hh, table->list, file);
	file->key = *key;
	HASH_ADD(hh, table->list, key, sizeof(file->key), file);
}

void model_table_drop(struct model_table *table, struct model_file *file)
{
	HASH_DELETE(hh, table->list, file);
	HASH_DELETE(by_inode, table->by_inode, file);
	file_mappings_free(&file->mappings);
	free(file->found);
	free(file->path);
	free(file->model);
	free(file);
}

static void drop_other(struct model_table *table, struct other_file *other)
{
	HASH_DEL(table->others, other);
	free(other);
}

void model_table_free(struct model_table *table)
{
	while (table->list)
		model_table_drop(table, table->list);
	while (table->others)
		drop_other(table, table->others);
	while (table->left)
		note_left_out(table, &table->left->inode, false);
}

static struct other_file *find_other(const struct model_table *table, const struct stat *st)
{
	struct file_inode inode = inode_of(st->st_dev, st->st_ino, 0);
	struct other_file *other;
	HASH_FIND(hh, table->others, &inode, sizeof(inode), other);
	return other;
}

bool model_table_is_other(const struct model_table *table, const struct stat *st)
{
	const struct other_file *other = find_other(table, st);
	return other && other->changed.tv_sec == st->st_ctim.tv_sec &&
	       other->changed.tv_nsec == st->st_ctim.tv_nsec;
}

void model_table_add_other(struct model_table *table, const struct stat *st)
{
	struct other_file *other = find_other(table, st);
	if (other)
		drop_other(table, other);
	if (HASH_COUNT(table->others) >= OTHERS_MAX)
		drop_other(table, table->others); /* the eldest */
	other = calloc(1, sizeof(*other));
	if (!other)
		return;
	other->inode = inode_of(st->st_dev, st->st_ino, 0);
	other->changed = st->st_ctim;
	HASH_ADD(hh, table->others, inode, sizeof(other->inode), other);
}
