/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is left out */
#include "inferred_parts.h"

#include <stdlib.h>
#include <string.h>

void inferred_parts_free(struct inferred_parts *p)
{
	struct part *part, *next_part;
	struct part_file *file, *next_file;
	HASH_ITER (hh, p->parts, part, next_part) {
		HASH_DEL(p->parts, part);
		covered_free(&part->touched);
		covered_free(&part->cached);
		free(part->name);
		free(part);
	}
	HASH_ITER (hh, p->files, file, next_file) {
		HASH_DEL(p->files, file);
		free(file->path);
		free(file);
	}
}

static char *copy_of(struct span s)
{
	char *copy = malloc(s.len + 1);
	if (copy && s.len)
		memcpy(copy, s.data, s.len);
	return copy;
}

/* The first path that is known stays, unless it was removed. */
static void note_path(struct part_file *file, const struct file_ref *ref)
{
	if (!ref->path.data || (file->path && (!file->deleted || ref->deleted)))
		return;
	char *path = copy_of(ref->path);
	if (!path)
		return;
	free(file->path);
	file->path = path;
	file->path_len = ref->path.len;
	file->path_cut = ref->path.cut;
	file->deleted = ref->deleted;
}

struct part_file *inferred_parts_file(struct inferred_parts *p, const struct file_ref *ref)
{
	struct part_file *file, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.ino = ref->id.ino;
	probe.key.dev = ref->id.dev;
	HASH_FIND(hh, p->files, &probe.key, sizeof(probe.key), file);
	if (file)
		note_path(file, ref);
	if (file || HASH_COUNT(p->files) >= INFERRED_PARTS || !(file = calloc(1, sizeof(*file))))
		return file;
	file->key = probe.key;
	file->id = ref->id;
	note_path(file, ref);
	HASH_ADD(hh, p->files, key, sizeof(file->key), file);
	if (file->hh.tbl)
		return file;
	free(file->path);
	free(file);
	return NULL;
}

static bool describe(struct part *part, const struct region_range *region)
{
	char *name = copy_of(region->name);
	if (!name)
		return false;
	free(part->name);
	part->name = name;
	part->name_len = region->name.len;
	part->name_cut = region->name.cut;
	part->end = region->end;
	return true;
}

static struct part *part_new(
	struct inferred_parts *p, const struct part *probe, const struct region_range *region)
{
	struct part *part = HASH_COUNT(p->parts) < INFERRED_PARTS ? calloc(1, sizeof(*part)) : NULL;
	if (!part)
		return NULL;
	part->key = probe->key;
	if (describe(part, region))
		HASH_ADD(hh, p->parts, key, sizeof(part->key), part);
	if (part->name && part->hh.tbl)
		return part;
	free(part->name);
	free(part);
	return NULL;
}

struct part *inferred_parts_part(
	struct inferred_parts *p, const struct part_file *file, const struct region_range *region)
{
	struct part *part, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.file = file;
	probe.key.start = region->start;
	HASH_FIND(hh, p->parts, &probe.key, sizeof(probe.key), part);
	return part ? part : part_new(p, &probe, region);
}

bool inferred_part_is(const struct part *part, const struct region_range *region)
{
	return part->end == region->end && part->name_len == region->name.len &&
	       memcmp(part->name, region->name.data, region->name.len) == 0;
}

bool inferred_part_change(struct part *part, const struct region_range *region, size_t *room)
{
	if (!describe(part, region))
		return false;
	*room += (part->touched.cap + part->cached.cap) * sizeof(struct covered_range);
	covered_free(&part->touched);
	covered_free(&part->cached);
	part->reload = part->full = part->whole = part->timed = false;
	part->loads = part->came = part->came_again = part->gone_ns = 0;
	part->before = NULL;
	memset(&part->counts, 0, sizeof(part->counts));
	return true;
}
