/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is not added, and counts as "(others)" */
#include "file_table.h"

#include <stdlib.h>
#include <string.h>

#include "file_models.h"
#include "user/modelfile/regions.h"

enum {
	NODE_BYTES = 64,                 /* estimate of what uthash and malloc take for a file */
	FILES_RESERVE = FILES_BYTES / 3, /* what parts do not take */
};

struct file_table *files_table_new(enum parts_by by)
{
	struct file_table *table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->by = by;
	table->room = FILES_BYTES;
	return table;
}

static void file_free(struct file_stats *file)
{
	covered_free(&file->touched);
	covered_free(&file->filled);
	file_parts_free(&file->parts);
	free(file->disk);
	free(file->maps);
	free(file->path);
	free(file);
}

void files_table_free(struct file_table *table)
{
	struct file_stats *file, *next;
	if (!table)
		return;
	HASH_ITER (hh, table->files, file, next) {
		HASH_DEL(table->files, file);
		file_free(file);
	}
	file_models_free(&table->models);
	held_free(&table->held);
	devices_free(&table->devices);
	free(table->measure.path);
	free(table);
}

/* ---- a file and its names ---- */

static struct file_stats *file_new(struct file_table *table, const struct file_id *id)
{
	struct file_stats *file = file_room_take(&table->room, sizeof(*file), NODE_BYTES);
	if (!file)
		return NULL;
	file->key.ino = id->ino;
	file->key.dev = id->dev;
	HASH_ADD(hh, table->files, key, sizeof(file->key), file);
	if (file->hh.tbl)
		return file;
	free(file);
	return NULL;
}

/* NULL: no memory for it. */
static struct file_stats *file_of(struct file_table *table, const struct file_id *id)
{
	struct file_stats *file = table->last, probe;
	if (file && file->key.ino == id->ino && file->key.dev == id->dev)
		return file;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.ino = id->ino;
	probe.key.dev = id->dev;
	HASH_FIND(hh, table->files, &probe.key, sizeof(probe.key), file);
	if (!file)
		file = file_new(table, id);
	table->last = file;
	return file;
}

/* A file that has no name yet gets one when it is linked. */
static void note_path(struct file_table *table, struct file_stats *file, const struct file_ref *ref)
{
	if (!ref->path.data || ref->path.len == 0 || (file->path && (!file->path_deleted || ref->deleted)))
		return;
	char *path = file_room_take(&table->room, ref->path.len, 0);
	if (!path)
		return;
	memcpy(path, ref->path.data, ref->path.len);
	table->room += file->path_len;
	free(file->path);
	file->path = path;
	file->path_len = ref->path.len;
	file->path_cut = ref->path.cut;
	file->path_deleted = ref->deleted;
}

static void note_name(struct file_table *table, struct file_stats *file, const struct file_ref *ref)
{
	if (file->path && !file->path_deleted && file->names_used && file->names[0] == ref->id.name)
		return;
	note_path(table, file, ref);
	for (unsigned i = 0; i < file->names_used; i++)
		if (file->names[i] == ref->id.name)
			return;
	if (ref->id.name && file->names_used < FILE_NAMES)
		file->names[file->names_used++] = ref->id.name;
}

/* ---- operations ---- */

static void note_map(struct file_table *table, struct file_stats *file, const struct file_op *op)
{
	if (!file->maps)
		file->maps = file_room_take(&table->room, FILE_MAPS * sizeof(*file->maps), 0);
	for (uint32_t i = 0; file->maps && op->located && i < file->maps_used; i++) {
		struct map_range *map = &file->maps[i];
		if (map->start == op->start && map->bytes == op->all.bytes) {
			map->count++;
			return;
		}
	}
	if (!file->maps || !op->located || file->maps_used == FILE_MAPS)
		file->maps_missing = true;
	else
		file->maps[file->maps_used++] = (struct map_range){ op->start, op->all.bytes, 1 };
}

/* A call's record does not have the flags of its descriptor: they are those that the file was opened with, if it always
 * was opened in the same way. */
static void note_direct(struct file_stats *file, struct file_op *op)
{
	if (op->sets_direct)
		*(op->opens_direct ? &file->opened_direct : &file->opened_other) = true;
	if (!op->from_call || op->way != WAY_READ || !file->opened_direct)
		return;
	if (file->opened_other)
		file->direct_unknown = true;
	else
		op->direct = true;
}

static void note_covered(struct file_table *table, struct file_stats *file, const struct file_op *op)
{
	bool touches = op->way == WAY_READ || op->way == WAY_URING_READ || op->way == WAY_FAULT;
	if (!op->located || op->all.bytes > UINT64_MAX - op->start)
		return;
	if (touches)
		covered_add(&file->touched, op->start, op->start + op->all.bytes, &table->room);
	else if (op->way == WAY_FILL)
		covered_add(&file->filled, op->start, op->start + op->all.bytes, &table->room);
}

/* A file whose bytes were not asked for is no used part of a model. */
static void note_content(struct file_table *table, struct file_stats *file, const struct file_op *op)
{
	file->format = regions_format(op->place->regions);
	if (op->all.bytes)
		file_models_note(&table->models, file, regions_shard(op->place->regions), &table->room);
}

/* Parts leave room for files, of which a model in many files has many. */
static void note_parts(struct file_table *table, struct file_stats *file, const struct file_op *op)
{
	size_t kept = table->room < FILES_RESERVE ? table->room : FILES_RESERVE;
	table->room -= kept;
	file_parts_add(&file->parts, op, table->by != BY_RANGE, &table->room);
	table->room += kept;
}

static void note_disk(
	struct file_table *table, struct file_stats *file, const struct file_op *op, uint64_t end_ns)
{
	if (op->way != WAY_DISK_READ || !op->all.count || !op->all.ns || op->all.ns > end_ns)
		return;
	if (!file->disk)
		file->disk = file_room_take(&table->room, sizeof(*file->disk), 0);
	if (!file->disk)
		return;
	file_times_add(&file->disk->took, op->all.ns);
	in_flight_add(&file->disk->in_flight, end_ns - op->all.ns, end_ns);
}

static void take_op(struct file_table *table, struct file_op *op, uint64_t end_ns)
{
	struct file_stats *file = file_of(table, &op->file->id);
	if (!file) {
		table->has_others = true;
		file_op_add(op, &table->others);
		return;
	}
	note_name(table, file, op->file);
	if (op->place && op->place->regions)
		note_content(table, file, op);
	note_direct(file, op);
	if (op->way == WAY_MAP)
		note_map(table, file, op);
	note_covered(table, file, op);
	note_disk(table, file, op, end_ns);
	file_op_add(op, &file->counts);
	note_parts(table, file, op);
}

void files_table_event(struct file_table *table, const struct event *ev)
{
	struct file_op ops[FILE_OPS_MAX];
	unsigned used = file_ops_of(ev, ops);
	held_event(&table->held, ev);
	for (unsigned i = 0; i < used; i++)
		take_op(table, &ops[i], ev->time_ns);
	if (ev->kind == EVENT_BLOCK)
		devices_event(&table->devices, ev);
}

static int by_time(const struct file_stats *a, const struct file_stats *b)
{
	uint64_t x = file_sums_time(&a->counts.sums), y = file_sums_time(&b->counts.sums);
	if (x == y) {
		x = file_sums_bytes(&a->counts.sums);
		y = file_sums_bytes(&b->counts.sums);
	}
	return x == y ? 0 : x < y ? 1 : -1;
}

void files_table_sort(struct file_table *table)
{
	HASH_SORT(table->files, by_time);
	file_models_sort(&table->models, table->files);
}

bool files_table_knows(const struct file_table *table, enum file_fact fact, uint64_t value)
{
	return value > 0 || !table->facts.unseen[fact];
}
