/* SPDX-License-Identifier: BSD-2-Clause */
#include "probemap.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ---- */

/* The whole file; NULL: *why. */
static char *read_file(int fd, size_t *bytes, struct text *why)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		text_str(why, "no regular file");
		return NULL;
	}
	if (st.st_size > PROBEMAP_BYTES_MAX) {
		text_printf(why, "larger than %d bytes", PROBEMAP_BYTES_MAX);
		return NULL;
	}
	char *data = malloc((size_t)st.st_size + 1);
	ssize_t got = data ? pread(fd, data, (size_t)st.st_size, 0) : -1;
	if (got < 0) {
		text_str(why, strerror(errno));
		free(data);
		return NULL;
	}
	*bytes = (size_t)got;
	return data;
}

struct probemap *probemap_read(const char *path, struct text *why)
{
	size_t bytes;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		text_str(why, strerror(errno));
		return NULL;
	}
	char *data = read_file(fd, &bytes, why);
	close(fd);
	struct probemap *map = data ? probemap_parse(data, bytes, why) : NULL;
	free(data);
	if (map && !(map->path = strdup(path))) {
		probemap_free(map);
		map = NULL;
	}
	return map;
}

/* ---- the maps of a run ---- */

static void number_phases(struct probemaps *maps)
{
	maps->phases = 0;
	for (unsigned i = 0; i < maps->count; i++) {
		maps->all[i]->first = maps->phases;
		maps->phases += maps->all[i]->count;
	}
}

bool probemaps_add(struct probemaps *maps, const char *path, struct text *why)
{
	struct probemap *map = probemap_read(path, why);
	unsigned at = 0;
	if (!map)
		return false;
	while (at < maps->count && strcmp(maps->all[at]->name, map->name) != 0)
		at++;
	unsigned before = at < maps->count ? maps->all[at]->count : 0;
	struct probemap **all = reallocarray(maps->all, maps->count + 1, sizeof(struct probemap *));
	if (all)
		maps->all = all;
	if (!all || maps->phases - before + map->count > PHASES_MAX) {
		text_printf(why, "more than %d phases in all maps", PHASES_MAX);
		probemap_free(map);
		return false;
	}
	if (at < maps->count)
		probemap_free(all[at]);
	else
		maps->count++;
	all[at] = map;
	number_phases(maps);
	return true;
}

void probemaps_free(struct probemaps *maps)
{
	for (unsigned i = 0; i < maps->count; i++)
		probemap_free(maps->all[i]);
	free(maps->all);
	*maps = (struct probemaps){ 0 };
}

/* ---- what others ask ---- */

static struct span span_of(const char *name)
{
	return (struct span){ name, name ? (uint32_t)strlen(name) : 0, false };
}

struct phase_info probemap_info(const struct probemap *map, unsigned number)
{
	const struct probe_phase *phase = &map->phases[number];
	struct phase_info info = {
		.number = (uint16_t)(map->first + number),
		.map = span_of(map->name),
		.name = span_of(phase->name),
		.string = span_of(phase->string.number ? phase->string.name : NULL),
		.arg_count = phase->arg_count,
		.result = phase->result,
		.found = phase->found,
	};
	for (unsigned i = 0; i < phase->arg_count; i++) {
		info.args[i] = (struct phase_field){ span_of(phase->args[i].name), phase->args[i].type };
		info.at_done |= (uint16_t)(phase->args[i].at_done << i);
	}
	info.at_done |= (uint16_t)(phase->string.at_done << PHASE_ARGS);
	return info;
}

bool probemap_wants(
	const struct probemap *map, const struct probe_phase *phase, const char *file, const char *soname)
{
	char *const *patterns = phase->files ? phase->files : map->files;
	unsigned count = phase->files ? phase->file_count : map->file_count;
	for (unsigned i = 0; i < count; i++)
		if (fnmatch(patterns[i], file, 0) == 0 || (soname && fnmatch(patterns[i], soname, 0) == 0))
			return true;
	return false;
}
