/* SPDX-License-Identifier: BSD-2-Clause */
#include "known_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uthash.h>

/* More than the kernel side remembers to have reported (FILES_REPORTED): a path that it does not repeat is
 * still here. */
#define PATHS_MAX 65536
#define FDS_MAX   65536
/* in front of a path whose beginning is missing */
#define PATH_CUT "..."

struct known_path {
	struct {
		uint64_t ino, dev;
	} key;
	uint32_t len, opens;
	char *text;
	UT_hash_handle hh;
};

struct fd_file {
	struct file_id id; /* ino 0: none */
	uint64_t since_ns;
};

struct known_fd {
	uint64_t key; /* pid, descriptor */
	struct fd_file now;
	struct fd_file before; /* what `now` replaced before its close was seen */
	UT_hash_handle hh;
};

struct known_files {
	struct known_path *paths;
	struct known_fd *fds;
	/* the last ones found: a loader reads one file many times */
	struct known_path *last_path;
	struct known_fd *last_fd;
};

struct known_files *known_files_new(void)
{
	return calloc(1, sizeof(struct known_files));
}

static void forget_path(struct known_files *files, struct known_path *path)
{
	HASH_DEL(files->paths, path);
	files->last_path = NULL;
	free(path->text);
	free(path);
}

static void forget_fd(struct known_files *files, struct known_fd *fd)
{
	HASH_DEL(files->fds, fd);
	files->last_fd = NULL;
	free(fd);
}

void known_files_forget(struct known_files *files, bool paths)
{
	/* uthash keeps the order of insertion: the first is the oldest */
	while (paths && files->paths)
		forget_path(files, files->paths);
	while (files->fds)
		forget_fd(files, files->fds);
}

void known_files_free(struct known_files *files)
{
	if (!files)
		return;
	known_files_forget(files, true);
	free(files);
}

static struct known_path *find_path(struct known_files *files, const struct file_id *id)
{
	struct known_path *path = files->last_path;
	if (path && path->key.ino == id->ino && path->key.dev == id->dev)
		return path;
	struct known_path probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.ino = id->ino;
	probe.key.dev = id->dev;
	HASH_FIND(hh, files->paths, &probe.key, sizeof(probe.key), path);
	if (path)
		files->last_path = path;
	return path;
}

/* Shown instead of a path for a file that has none. */
static int name_without_path(const struct file_id *id, char *buf, size_t size)
{
	const char *kind = S_ISSOCK(id->mode) ? "socket" : S_ISFIFO(id->mode) ? "pipe" : "inode";
	return snprintf(buf, size, "%s:[%llu]", kind, (unsigned long long)id->ino);
}

void known_files_learn(
	struct known_files *files, const struct file_id *id, const char *path, size_t len, bool cut)
{
	char unnamed[48];
	if (len == 0) {
		len = (size_t)name_without_path(id, unnamed, sizeof(unnamed));
		path = unnamed;
	}
	size_t front = cut ? sizeof(PATH_CUT) - 1 : 0;
	struct known_path *known = find_path(files, id);
	if (known)
		known->opens++;
	if (known && !cut && known->len == len && memcmp(known->text, path, len) == 0)
		return;
	char *text = malloc(front + len);
	if (!text)
		return;
	memcpy(text, PATH_CUT, front);
	memcpy(text + front, path, len);
	if (!known) {
		if (HASH_COUNT(files->paths) >= PATHS_MAX)
			forget_path(files, files->paths);
		known = calloc(1, sizeof(*known));
		if (!known) {
			free(text);
			return;
		}
		known->key.ino = id->ino;
		known->key.dev = id->dev;
		HASH_ADD(hh, files->paths, key, sizeof(known->key), known);
	}
	free(known->text);
	known->text = text;
	known->len = (uint32_t)(front + len);
}

struct span known_files_path(struct known_files *files, const struct file_id *id)
{
	struct known_path *path = id->ino ? find_path(files, id) : NULL;
	return path ? (struct span){ path->text, path->len, false } : (struct span){ 0 };
}

uint32_t known_files_opens(struct known_files *files, const struct file_id *id)
{
	struct known_path *path = id->ino ? find_path(files, id) : NULL;
	return path ? path->opens : 0;
}

static struct known_fd *find_fd(struct known_files *files, uint64_t key)
{
	struct known_fd *known = files->last_fd;
	if (known && known->key == key)
		return known;
	HASH_FIND(hh, files->fds, &key, sizeof(key), known);
	if (known)
		files->last_fd = known;
	return known;
}

static uint64_t fd_key(uint32_t pid, int32_t fd)
{
	return (uint64_t)pid << 32 | (uint32_t)fd;
}

void known_files_set_fd(
	struct known_files *files, uint32_t pid, int32_t fd, const struct file_id *id, uint64_t time_ns)
{
	uint64_t key = fd_key(pid, fd);
	struct known_fd *known = find_fd(files, key);
	if (!known) {
		if (HASH_COUNT(files->fds) >= FDS_MAX)
			forget_fd(files, files->fds);
		known = calloc(1, sizeof(*known));
		if (!known)
			return;
		known->key = key;
		HASH_ADD(hh, files->fds, key, sizeof(key), known);
	}
	if (known->now.id.ino == id->ino && known->now.id.dev == id->dev)
		return;
	if (known->now.id.ino)
		known->before = known->now;
	known->now = (struct fd_file){ *id, time_ns };
}

struct file_id known_files_close_fd(struct known_files *files, uint32_t pid, int32_t fd, uint64_t entered_ns)
{
	static const struct fd_file none;
	struct known_fd *known = find_fd(files, fd_key(pid, fd));
	if (!known)
		return none.id;
	/* it may be either file, and so may the one of the other close */
	if (!entered_ns && known->before.id.ino) {
		known->now = known->before = none;
		return none.id;
	}
	struct fd_file *closed =
		!entered_ns || known->now.since_ns <= entered_ns ? &known->now : &known->before;
	if (entered_ns && closed->since_ns > entered_ns)
		return none.id;
	struct file_id id = closed->id;
	*closed = none;
	return id;
}
