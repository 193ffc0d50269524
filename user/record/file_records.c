/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "file_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* More than the kernel side remembers to have reported, so that a path it does not repeat is here. */
#define FILES_MAX 32768

struct file_record {
	struct {
		uint64_t ino;
		uint32_t dev, name;
	} key;
	uint64_t chunk; /* the newest that has this record; 0: none */
	UT_hash_handle hh;
	struct event_file record; /* with its path behind it */
};

struct file_records {
	struct file_record *files;
	struct file_record *last; /* the last one found: a loader reads one file many times */
	size_t bytes, bytes_max;
};

struct file_records *file_records_new(size_t bytes)
{
	struct file_records *files = calloc(1, sizeof(*files));
	if (files)
		files->bytes_max = bytes;
	return files;
}

static void forget_file(struct file_records *files, struct file_record *file)
{
	files->bytes -= file->record.head.size;
	files->last = NULL;
	HASH_DEL(files->files, file);
	free(file);
}

void file_records_free(struct file_records *files)
{
	while (files && files->files)
		forget_file(files, files->files);
	free(files);
}

static struct file_record *find_file(struct file_records *files, const struct file_id *id)
{
	struct file_record *file = files->last, probe = { .key = { id->ino, id->dev, id->name } };
	if (file && memcmp(&file->key, &probe.key, sizeof(probe.key)) == 0)
		return file;
	HASH_FIND(hh, files->files, &probe.key, sizeof(probe.key), file);
	if (file)
		files->last = file;
	return file;
}

int file_records_learn(struct file_records *files, const struct event_file *record, uint64_t chunk)
{
	size_t size = record->head.size;
	struct file_record *file = find_file(files, &record->id);
	if (file)
		forget_file(files, file);
	while (files->files &&
		(HASH_COUNT(files->files) >= FILES_MAX || files->bytes + size > files->bytes_max))
		forget_file(files, files->files);
	file = calloc(1, sizeof(*file) + size);
	if (!file)
		return -ENOMEM;
	memcpy(&file->record, record, size);
	file->key.ino = record->id.ino;
	file->key.dev = record->id.dev;
	file->key.name = record->id.name;
	file->chunk = chunk;
	HASH_ADD(hh, files->files, key, sizeof(file->key), file);
	if (!file->hh.tbl) {
		free(file);
		return -ENOMEM;
	}
	files->bytes += size;
	if (chunk)
		file->record.head.lost_before = 0;
	return 0;
}

const struct event_header *file_records_repeat(
	struct file_records *files, const struct file_id *id, uint64_t chunk, uint64_t time_ns)
{
	struct file_record *file = id->ino ? find_file(files, id) : NULL;
	if (!file || file->chunk == chunk)
		return NULL;
	/* what was lost before the record is told once */
	if (file->chunk)
		file->record.head.lost_before = 0;
	file->chunk = chunk;
	file->record.head.time_ns = time_ns; /* times in a chunk never go back */
	return &file->record.head;
}

unsigned file_records_of(const struct event_header *record, const struct file_id *ids[RECORD_FILES])
{
	const struct event_syscall_more *more = (const void *)record;
	switch (record->kind) {
	case EVENT_SYSCALL:
		ids[0] = &more->call.file.id;
		ids[1] = &more->other.id;
		return more->call.more ? 2 : 1;
	case EVENT_FILE_IO:
		ids[0] = &((const struct event_file_io *)(const void *)record)->id;
		return 1;
	case EVENT_URING:
		ids[0] = &((const struct event_uring *)(const void *)record)->id;
		return 1;
	case EVENT_PAGES:
		ids[0] = &((const struct event_pages *)(const void *)record)->id;
		return 1;
	case EVENT_FAULT:
		ids[0] = &((const struct event_fault *)(const void *)record)->id;
		return 1;
	case EVENT_BLOCK:
		ids[0] = &((const struct event_block *)(const void *)record)->id;
		return 1;
	}
	return 0;
}

size_t file_records_bytes(const struct file_records *files)
{
	return files->bytes;
}
