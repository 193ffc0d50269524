/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* a link that cannot be remembered is not selected */
#include "select_links.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uthash.h>

#include "user/modelfile/identity.h"

#define LOOKS_MAX 100000
#define LINKS_MAX 65536
#define DEPTH_MAX 64

/* Where a link leads: a file, or a folder with all that is below it. */
struct link_end {
	char *path; /* without symbolic links */
	UT_hash_handle hh;
};

/* A file with several names, one of which is below a selected folder. */
struct several {
	uint64_t ino;
	char *path; /* that name */
	UT_hash_handle hh;
};

struct select_links {
	struct link_end *ends;
	struct several *several;
};

struct select_links *select_links_new(void)
{
	return calloc(1, sizeof(struct select_links));
}

void select_links_free(struct select_links *links)
{
	struct link_end *end, *next_end;
	struct several *file, *next_file;
	if (!links)
		return;
	HASH_ITER (hh, links->ends, end, next_end) {
		HASH_DEL(links->ends, end);
		free(end->path);
		free(end);
	}
	HASH_ITER (hh, links->several, file, next_file) {
		HASH_DEL(links->several, file);
		free(file->path);
		free(file);
	}
	free(links);
}

static const struct link_end *find_end(const struct select_links *links, const char *path, size_t len)
{
	const struct link_end *end;
	HASH_FIND(hh, links->ends, path, len, end);
	return end;
}

/* Takes over the path. */
static void add_end(struct select_links *links, char *path)
{
	bool wanted = path && HASH_COUNT(links->ends) < LINKS_MAX && !find_end(links, path, strlen(path));
	struct link_end *end = wanted ? calloc(1, sizeof(*end)) : NULL;
	if (!end) {
		free(path);
		return;
	}
	end->path = path;
	HASH_ADD_KEYPTR(hh, links->ends, end->path, strlen(end->path), end);
	if (end->hh.tbl)
		return;
	free(end->path);
	free(end);
}

static void add_several(struct select_links *links, const char *path, uint64_t ino)
{
	struct several *file;
	HASH_FIND(hh, links->several, &ino, sizeof(ino), file);
	file = file || HASH_COUNT(links->several) >= LINKS_MAX ? NULL : calloc(1, sizeof(*file));
	if (!file)
		return;
	file->ino = ino;
	file->path = strdup(path);
	if (file->path)
		HASH_ADD(hh, links->several, ino, sizeof(file->ino), file);
	if (file->path && file->hh.tbl)
		return;
	free(file->path);
	free(file);
}

void select_links_find(struct select_links *links, const char *folder)
{
	char *const folders[] = { (char *)folder, NULL };
	FTS *walk = fts_open(folders, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | FTS_XDEV, NULL);
	const FTSENT *entry;
	for (unsigned looks = 0; walk && looks < LOOKS_MAX && (entry = fts_read(walk)); looks++) {
		if (entry->fts_info == FTS_SL && entry->fts_level > 0)
			add_end(links, realpath(entry->fts_path, NULL));
		else if (entry->fts_info == FTS_F && entry->fts_level > 0 && entry->fts_statp->st_nlink > 1)
			add_several(links, entry->fts_path, entry->fts_statp->st_ino);
	}
	if (walk)
		fts_close(walk);
}

void select_links_note(struct select_links *links, const struct file_ref *file)
{
	if (file->path.len && file->path.data[0] == '/')
		add_end(links, strndup(file->path.data, file->path.len));
}

/* The path, or a folder on the way to it, is the end of a link. */
static bool ends_here(const struct select_links *links, struct span path)
{
	unsigned depth = 0;
	for (size_t len = path.len; len > 1 && depth < DEPTH_MAX; depth++) {
		if (find_end(links, path.data, len))
			return true;
		while (len > 1 && path.data[--len] != '/')
			;
	}
	return false;
}

bool select_links_has(const struct select_links *links, const struct file_ref *file)
{
	const struct several *several;
	if (links->ends && file->path.data && ends_here(links, file->path))
		return true;
	HASH_FIND(hh, links->several, &file->id.ino, sizeof(file->id.ino), several);
	return several && identity_is(&file->id, several->path);
}
