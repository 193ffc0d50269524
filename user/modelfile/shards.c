/* SPDX-License-Identifier: BSD-2-Clause */
#include "shards.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "regions_build.h"
#include "shard_memo.h"
#include "shard_names.h"
#include "user/base/text.h"

enum {
	ENTRIES_MAX = 4096, /* of a folder that is searched for an index */
	INDEXES_MAX = 8,    /* that are read in it */
};

void shards_free(struct shards *shards)
{
	if (!shards)
		return;
	shard_index_free(shards->index);
	free(shards->index_path);
	free(shards->folder);
	free(shards->name);
	free(shards);
}

/* ---- GGUF ---- */

static struct shards *make(const char *path, size_t folder, size_t name)
{
	struct shards *shards = calloc(1, sizeof(*shards));
	if (!shards)
		return NULL;
	shards->folder = strndup(path, folder);
	shards->name = strndup(path + folder, name);
	if (shards->folder && shards->name)
		return shards;
	shards_free(shards);
	return NULL;
}

static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool ends_in(const char *text, const char *ending)
{
	size_t len = strlen(text), n = strlen(ending);
	return len > n && strcmp(text + len - n, ending) == 0;
}

static struct shards *find_split(const char *path, const struct shard *shard, const char **why)
{
	char ending[64];
	size_t folder = folder_len(path);
	if (shard->number >= shard->count) {
		*why = "its split.no is not below its split.count";
		return NULL;
	}
	if (shard->count > SHARDS_MAX) {
		*why = "its split.count is larger than 4096";
		return NULL;
	}
	snprintf(ending, sizeof(ending), "-%05u-of-%05u.gguf", shard->number + 1, shard->count);
	if (!ends_in(path + folder, ending)) {
		*why = "its name does not end as its split.no and split.count say (NAME-00001-of-00003.gguf)";
		return NULL;
	}
	struct shards *shards = make(path, folder, strlen(path + folder) - strlen(ending));
	*why = "out of memory";
	if (!shards)
		return NULL;
	shards->number = shard->number;
	shards->count = shard->count;
	shards->tensors = shard->tensors;
	*why = NULL;
	return shards;
}

/* ---- an index ---- */

/* What the index's name begins with: "model" of model.safetensors.index.json. */
static size_t stem_len(const char *name)
{
	static const char *const ends[] = { ".safetensors.index", ".bin.index", ".index" };
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *end = strstr(name, ends[i]);
		if (end && end > name)
			return (size_t)(end - name);
	}
	return strlen(name);
}

struct shards *shards_of_index(struct shard_memo *memo, const char *path, const char **why)
{
	size_t folder = folder_len(path);
	struct shard_index *index = shard_memo_read(memo, path, why);
	struct shards *shards = index ? make(path, folder, stem_len(path + folder)) : NULL;
	if (!shards) {
		shard_index_free(index);
		return NULL;
	}
	shards->index = index;
	shards->index_path = strdup(path);
	if (!shards->index_path) {
		shards_free(shards);
		*why = "out of memory";
		return NULL;
	}
	shards->count = shard_index_count(index);
	shards->tensors = shard_index_tensors(index);
	return shards;
}

/* The search for the index of a file. */
struct search {
	struct shard_memo *memo;
	const char *path;
	size_t folder;
	const char *why; /* of the first index that was refused */
};

/* The model of an index, if that lists the file and others. */
static struct shards *try_index(struct search *s, const char *index)
{
	const char *why;
	struct shards *shards = shards_of_index(s->memo, index, &why);
	if (!shards && why && !s->why)
		s->why = why;
	if (!shards ||
		(shards->count > 1 && shard_index_find(shards->index, s->path + s->folder, &shards->number)))
		return shards;
	shards_free(shards);
	return NULL;
}

/* The index that files of this name usually have: model.safetensors.index.json, of model-00001-of-00003.safetensors. */
static char *usual_index(const char *path, size_t folder)
{
	static const char form[] = "-00000-of-00000";
	const char *dot = strrchr(path + folder, '.');
	char *index = NULL;
	size_t n = sizeof(form) - 1;
	if (!dot || (size_t)(dot - path) < folder + n)
		return NULL;
	const char *number = dot - n;
	for (size_t i = 0; i < n; i++)
		if (form[i] == '0' ? number[i] < '0' || number[i] > '9' : number[i] != form[i])
			return NULL;
	return asprintf(&index, "%.*s%s.index.json", (int)(number - path), path, dot) < 0 ? NULL : index;
}

/* Looks into what else in the folder is called like an index. */
static struct shards *search_folder(struct search *s, const char *tried)
{
	struct shards *shards = NULL;
	char *folder = s->folder ? strndup(s->path, s->folder) : strdup(".");
	DIR *all = folder ? opendir(folder) : NULL;
	const struct dirent *entry;
	unsigned looked = 0;
	for (unsigned i = 0;
		all && !shards && i < ENTRIES_MAX && looked < INDEXES_MAX && (entry = readdir(all)); i++) {
		char *index = NULL;
		if (!strstr(entry->d_name, ".index.") || !ends_in(entry->d_name, ".json") ||
			asprintf(&index, "%.*s%s", (int)s->folder, s->path, entry->d_name) < 0)
			continue;
		if (!tried || strcmp(index, tried) != 0) {
			looked++;
			shards = try_index(s, index);
		}
		free(index);
	}
	if (all)
		closedir(all);
	free(folder);
	return shards;
}

static struct shards *find_indexed(struct shard_memo *memo, const char *path, const char **why)
{
	struct search search = { .memo = memo, .path = path, .folder = folder_len(path) };
	char *usual = usual_index(path, search.folder);
	struct shards *shards = usual ? try_index(&search, usual) : NULL;
	*why = usual && !shards ? search.why
				: NULL; /* others are no business of a file that none of them lists */
	if (!shards)
		shards = search_folder(&search, usual);
	if (shards)
		*why = NULL;
	free(usual);
	return shards;
}

struct shards *shards_find(
	struct shard_memo *memo, const char *path, const struct regions *regions, const char **why)
{
	const struct shard *shard = regions_shard(regions);
	const char *format = regions_format(regions);
	*why = NULL;
	if (shard)
		return find_split(path, shard, why);
	if (format && (strcmp(format, "safetensors") == 0 || strcmp(format, "pytorch") == 0))
		return find_indexed(memo, path, why);
	return NULL;
}

/* ---- its files ---- */

char *shards_path(const struct shards *s, uint32_t number)
{
	char *path = NULL;
	int made = s->index ? asprintf(&path, "%s%s", s->folder, shard_index_name(s->index, number))
			    : asprintf(&path, "%s%s-%05u-of-%05u.gguf", s->folder, s->name, number + 1,
				      s->count);
	return made < 0 ? NULL : path;
}

uint32_t shards_tensors_of(const struct shards *s, uint32_t number)
{
	return s->index ? shard_index_tensors_of(s->index, number) : 0;
}

static uint32_t count_missing(const struct shards *s)
{
	uint32_t missing = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		struct stat st;
		char *path = i == s->number ? NULL : shards_path(s, i);
		missing += path && (stat(path, &st) || !S_ISREG(st.st_mode));
		free(path);
	}
	return missing;
}

/* ---- what the regions say of them ---- */

static void add_fault(struct text *t, const struct shards *s, const struct regions *regions)
{
	uint32_t listed = regions_listed(regions), expected = shards_tensors_of(s, s->number);
	if (s->index && listed != expected)
		text_printf(t, "the index lists %u tensors of %s, whose header lists %u", expected,
			shard_index_name(s->index, s->number), listed);
	else if (s->tensors && listed > s->tensors)
		text_printf(t, "one of its files lists %u tensors, of %u in all", listed, s->tensors);
}

static bool set(struct regions *regions, const struct shard *shard, const struct text *model,
	const struct text *fault)
{
	struct shard whole = *shard;
	if (model->failed || fault->failed)
		return false;
	whole.model = (struct span){ model->data, (uint32_t)model->len, false };
	whole.fault = (struct span){ fault->data, (uint32_t)fault->len, false };
	return regions_set_shard(regions, &whole);
}

/* Of a file whose model is known. */
static bool note_found(const struct shards *s, size_t skip, struct regions *regions)
{
	struct text model = { 0 }, fault = { 0 };
	const struct shard shard = {
		.number = s->number, .count = s->count, .missing = count_missing(s), .tensors = s->tensors
	};
	text_str(&model, s->folder + (skip < strlen(s->folder) ? skip : 0));
	text_str(&model, s->name);
	add_fault(&fault, s, regions);
	bool good = set(regions, &shard, &model, &fault);
	text_free(&model);
	text_free(&fault);
	return good;
}

/* Of one whose model cannot be told: it has another name than it says, or its index is refused. */
static bool note_alone(struct regions *regions, struct span shown, const char *why)
{
	struct text model = { 0 }, fault = { 0 };
	const struct shard *had = regions_shard(regions);
	const struct shard shard = { .number = had ? had->number : 0, .tensors = had ? had->tensors : 0 };
	text_add(&model, shown.data, shown.len);
	text_str(&fault, had ? "" : "its index is refused: ");
	text_str(&fault, why);
	bool good = set(regions, &shard, &model, &fault);
	text_free(&model);
	text_free(&fault);
	return good;
}

/* The bytes that `path` has before the name that its process uses: /proc/PID/root. */
static size_t before_shown(const char *path, struct span shown)
{
	size_t len = strlen(path);
	return shown.data && len > shown.len && memcmp(path + len - shown.len, shown.data, shown.len) == 0
		       ? len - shown.len
		       : 0;
}

bool shards_note(struct shard_memo *memo, const char *path, struct span shown, struct regions *regions)
{
	const char *why;
	char *name = shard_names_link(path);
	struct shards *shards = shards_find(memo, name ? name : path, regions, &why);
	bool good = true;
	if (shards)
		good = note_found(shards, before_shown(path, shown), regions);
	else if (why && shown.data)
		good = note_alone(regions, shown, why);
	shards_free(shards);
	free(name);
	return good;
}
