/* SPDX-License-Identifier: BSD-2-Clause */
#include "bundled.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING ".json"

static const char *const folders[] = { "/../share/bundletrace/probes", "/../probes" };

static bool ends(const char *name)
{
	size_t len = strlen(name), ending = strlen(ENDING);
	return len > ending && strcmp(name + len - ending, ENDING) == 0;
}

bool bundled_is_word(const char *word)
{
	return *word && word[0] != '.' && !strchr(word, '/') && !ends(word);
}

/* The folder of the running program; false: not known. */
static bool own_folder(char folder[4096])
{
	ssize_t len = readlink("/proc/self/exe", folder, 4095);
	if (len <= 0)
		return false;
	folder[len] = '\0';
	char *slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

static int is_map(const struct dirent *entry)
{
	return ends(entry->d_name);
}

static void add_names(const char *folder, struct text *names)
{
	struct dirent **list;
	int count = scandir(folder, &list, is_map, alphasort);
	for (int i = 0; i < count; i++) {
		if (names->len)
			text_str(names, ", ");
		text_escaped(names, list[i]->d_name, strlen(list[i]->d_name) - strlen(ENDING));
		free(list[i]);
	}
	if (count >= 0)
		free(list);
}

char *bundled_find(const char *word, struct text *names)
{
	char own[4096];
	if (!own_folder(own))
		return NULL;
	for (unsigned i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char *path, folder[4096 + 64];
		snprintf(folder, sizeof(folder), "%s%s", own, folders[i]);
		if (asprintf(&path, "%s/%s" ENDING, folder, word) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
		add_names(folder, names);
	}
	return NULL;
}
