/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard_names.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SNAPSHOTS_MAX = 64, ENTRIES_MAX = 4096 };

/* Where the search has got to. */
struct search {
	struct stat file;
	char *found;
	struct timespec when; /* of its snapshot */
};

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* The path in `folder` that leads to the file, to be freed. */
static char *link_in(const struct search *s, const char *folder)
{
	DIR *all = opendir(folder);
	const struct dirent *entry;
	char *path = NULL;
	for (unsigned i = 0; all && !path && i < ENTRIES_MAX && (entry = readdir(all)); i++) {
		struct stat st;
		if (fstatat(dirfd(all), entry->d_name, &st, 0) || st.st_ino != s->file.st_ino ||
			st.st_dev != s->file.st_dev)
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
			path = NULL;
	}
	if (all)
		closedir(all);
	return path;
}

static void look_into(struct search *s, const char *folder)
{
	struct stat st;
	if (stat(folder, &st) || (s->found && !is_later(&st.st_mtim, &s->when)))
		return;
	char *path = link_in(s, folder);
	if (!path)
		return;
	free(s->found);
	s->found = path;
	s->when = st.st_mtim;
}

/* The folder of the model that has the file among its blobs, with a slash; NULL: it is in no such folder. */
static char *model_of(const char *path)
{
	static const char blobs[] = "/blobs/";
	const char *at = strrchr(path, '/'), *name = at ? at + 1 : path;
	size_t len = (size_t)(name - path), n = sizeof(blobs) - 1;
	if (len < n || memcmp(name - n, blobs, n) != 0)
		return NULL;
	return strndup(path, len - n + 1);
}

char *shard_names_link(const char *path)
{
	struct search search = { .found = NULL };
	char *model = model_of(path), *snapshots = NULL, *folder = NULL;
	if (!model || stat(path, &search.file) || asprintf(&snapshots, "%ssnapshots", model) < 0) {
		free(model);
		return NULL;
	}
	DIR *all = opendir(snapshots);
	const struct dirent *entry;
	for (unsigned i = 0; all && i < SNAPSHOTS_MAX && (entry = readdir(all)); i++) {
		if (entry->d_name[0] == '.' || asprintf(&folder, "%s/%s", snapshots, entry->d_name) < 0)
			continue;
		look_into(&search, folder);
		free(folder);
	}
	if (all)
		closedir(all);
	free(snapshots);
	free(model);
	return search.found;
}
