/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "known_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uthash.h>

/* More than the kernel side remembers to have reported (NAMES_REPORTED): a path that it does not repeat is
 * still here. */
#define PATHS_MAX 65536
/* in front of a path whose beginning is missing */
#define PATH_CUT "..."

struct known_path {
	struct {
		uint64_t ino;
		uint32_t dev, name;
	} key;
	uint32_t len, opens;
	bool deleted;
	char *text;
	UT_hash_handle hh;
};

struct known_files {
	struct known_path *paths;
	struct known_path *last; /* the last one found: a loader reads one file many times */
	uint32_t opens;
};

struct known_files *known_files_new(void)
{
	return calloc(1, sizeof(struct known_files));
}

static void forget_path(struct known_files *files, struct known_path *path)
{
	HASH_DEL(files->paths, path);
	files->last = NULL;
	free(path->text);
	free(path);
}

void known_files_forget(struct known_files *files)
{
	/* uthash keeps the order of insertion: the first is the oldest */
	while (files->paths)
		forget_path(files, files->paths);
}

void known_files_free(struct known_files *files)
{
	if (!files)
		return;
	known_files_forget(files);
	free(files);
}

static struct known_path *find_path(struct known_files *files, const struct file_id *id)
{
	struct known_path *path = files->last;
	if (path && path->key.ino == id->ino && path->key.dev == id->dev && path->key.name == id->name)
		return path;
	struct known_path probe = { .key = { id->ino, id->dev, id->name } };
	HASH_FIND(hh, files->paths, &probe.key, sizeof(probe.key), path);
	if (path)
		files->last = path;
	return path;
}

/* Shown instead of a path for a file that has none. */
static int name_without_path(const struct file_id *id, char *buf, size_t size)
{
	const char *kind = S_ISSOCK(id->mode) ? "socket" : S_ISFIFO(id->mode) ? "pipe" : "inode";
	return snprintf(buf, size, "%s:[%llu]", kind, (unsigned long long)id->ino);
}

/* NULL: out of memory. */
static struct known_path *enter_path(struct known_files *files, const struct file_id *id)
{
	if (HASH_COUNT(files->paths) >= PATHS_MAX)
		forget_path(files, files->paths);
	struct known_path *known = calloc(1, sizeof(*known));
	if (!known)
		return NULL;
	known->key.ino = id->ino;
	known->key.dev = id->dev;
	known->key.name = id->name;
	HASH_ADD(hh, files->paths, key, sizeof(known->key), known);
	if (known->hh.tbl)
		return known;
	free(known);
	return NULL;
}

void known_files_learn(struct known_files *files, const struct file_id *id, struct span path, bool deleted)
{
	char unnamed[48];
	if (path.len == 0)
		path = (struct span){ unnamed, (uint32_t)name_without_path(id, unnamed, sizeof(unnamed)),
			false };
	size_t front = path.cut ? sizeof(PATH_CUT) - 1 : 0;
	struct known_path *known = find_path(files, id);
	char *text = malloc(front + path.len);
	if (!text)
		return;
	memcpy(text, PATH_CUT, front);
	memcpy(text + front, path.data, path.len);
	if (!known)
		known = enter_path(files, id);
	if (!known) {
		free(text);
		return;
	}
	free(known->text);
	known->text = text;
	known->len = (uint32_t)(front + path.len);
	known->deleted = deleted;
	known->opens = ++files->opens;
}

struct known_file known_files_find(struct known_files *files, const struct file_id *id)
{
	const struct known_path *path = id->ino ? find_path(files, id) : NULL;
	if (!path)
		return (struct known_file){ 0 };
	return (struct known_file){
		.path = { path->text, path->len, false },
		.deleted = path->deleted,
		.opens = path->opens,
	};
}
