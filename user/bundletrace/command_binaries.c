/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_binaries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

#define WORDS_MAX   64
#define FOLDERS_MAX 8
/* Characters that can stand beside a program's name in a shell's command. */
#define WORD_ENDS " \t\n;&|()<>{}'\"`="
/* Folders of libraries that are named without one, searched after those of LD_LIBRARY_PATH. */
#define LIBRARY_FOLDERS "/usr/local/lib:/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64"

struct command_words {
	struct binaries *binaries;
	int words;
	int folders;
	char *folder[FOLDERS_MAX]; /* named so far */
};

static mode_t type_of(const char *path)
{
	struct stat st;
	return stat(path, &st) ? 0 : st.st_mode & S_IFMT;
}

/* Adds the file of that name in each of the folders, which colons separate. */
static void add_library_in(struct binaries *binaries, const char *folders, const char *name)
{
	for (const char *at = folders; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		char *path;
		if (asprintf(&path, "%.*s/%s", (int)strcspn(at, ":"), at, name) < 0)
			return;
		if (type_of(path) == S_IFREG)
			binaries_add(binaries, path);
		free(path);
	}
}

/* A named folder may become the program's root. Nothing in it is run. */
static void add_in_folders(const struct command_words *a, const char *word)
{
	for (int i = 0; i < a->folders; i++) {
		char *path;
		if (asprintf(&path, "%s%s", a->folder[i], word) < 0)
			return;
		binaries_add_file(a->binaries, path);
		free(path);
	}
}

static void add_word(struct command_words *a, const char *word)
{
	char *program = command_search(word);
	mode_t type = type_of(word);
	if (program || type == S_IFREG)
		binaries_add(a->binaries, program ? program : word);
	if (!strchr(word, '/') && strstr(word, ".so")) {
		const char *folders = getenv("LD_LIBRARY_PATH");
		if (folders)
			add_library_in(a->binaries, folders, word);
		add_library_in(a->binaries, LIBRARY_FOLDERS, word);
	}
	if (word[0] == '/')
		add_in_folders(a, word);
	if (type == S_IFDIR && a->folders < FOLDERS_MAX)
		a->folder[a->folders++] = strdup(word);
	free(program);
}

/* Adds the words of a text, and the parts between colons, which LD_PRELOAD may hold. */
static void add_words(struct command_words *a, const char *text)
{
	char *copy = strdup(text), *save = NULL;
	char *word = copy ? strtok_r(copy, WORD_ENDS, &save) : NULL;
	for (; word && a->words < WORDS_MAX; word = strtok_r(NULL, WORD_ENDS, &save), a->words++) {
		char *parts = NULL;
		add_word(a, word);
		if (!strchr(word, ':'))
			continue;
		for (char *part = strtok_r(word, ":", &parts); part; part = strtok_r(NULL, ":", &parts))
			add_word(a, part);
	}
	free(copy);
}

void command_binaries_add(struct binaries *binaries, char *const arguments[])
{
	struct command_words a = { .binaries = binaries };
	const char *preloaded = getenv("LD_PRELOAD");
	if (preloaded)
		add_words(&a, preloaded);
	for (; *arguments; arguments++)
		add_words(&a, *arguments);
	while (a.folders > 0)
		free(a.folder[--a.folders]);
}
