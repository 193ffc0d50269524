/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zip archives: what torch.save() writes (an entry data.pkl with the names, entries data/N with the tensors' bytes) and
 * numpy's .npz (an entry for each array). libzip reads the list of entries, which stands at the file's end, through a source
 * that limits what may be read. It does not say where an entry's bytes begin: that is where it reads when the entry's
 * first byte is asked for.
 */
#include "formats.h"
#include "pickle.h"
#include "regions_build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#define NAME_AT    30u /* in an entry's own header */
#define PICKLE_MAX (64u << 20)

/* ---- a bounded source ---- */

struct source {
	int fd;
	uint64_t size, at, left; /* bytes that may still be read */
	uint64_t read_at;        /* where the last read began */
	zip_error_t error;
};

static zip_int64_t source_read(struct source *s, void *data, zip_uint64_t len)
{
	if (len > s->left) {
		zip_error_set(&s->error, ZIP_ER_INVAL, 0);
		return -1;
	}
	ssize_t got = TEMP_FAILURE_RETRY(pread(s->fd, data, len, (off_t)s->at));
	if (got < 0) {
		zip_error_set(&s->error, ZIP_ER_READ, errno);
		return -1;
	}
	s->read_at = s->at;
	s->at += (uint64_t)got;
	s->left -= (uint64_t)got;
	return got;
}

static zip_int64_t source_seek(struct source *s, void *data, zip_uint64_t len)
{
	zip_int64_t at = zip_source_seek_compute_offset(s->at, s->size, data, len, &s->error);
	if (at < 0)
		return -1;
	s->at = (uint64_t)at;
	return 0;
}

static zip_int64_t source_stat(const struct source *s, void *data)
{
	zip_stat_t *stat = data;
	zip_stat_init(stat);
	stat->size = s->size;
	stat->valid = ZIP_STAT_SIZE;
	return sizeof(*stat);
}

static zip_int64_t source_ask(void *ctx, void *data, zip_uint64_t len, zip_source_cmd_t command)
{
	struct source *s = ctx;
	switch (command) {
	case ZIP_SOURCE_OPEN:
		s->at = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return source_read(s, data, len);
	case ZIP_SOURCE_SEEK:
		return source_seek(s, data, len);
	case ZIP_SOURCE_TELL:
		return (zip_int64_t)s->at;
	case ZIP_SOURCE_STAT:
		return source_stat(s, data);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&s->error, data, len);
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
			ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_FREE,
			-1);
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE:
		return 0;
	default:
		zip_error_set(&s->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static zip_t *archive_open(struct source *s)
{
	zip_source_t *source = zip_source_function_create(source_ask, s, NULL);
	zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
	if (!archive)
		zip_source_free(source);
	return archive;
}

/* ---- entries ---- */

struct entry {
	uint64_t start, size; /* of its bytes in the file, compressed or not */
	const char *name;     /* the archive's */
	bool stored;
};

/* False: no entry with bytes, or it cannot be read. */
static bool entry_at(zip_t *archive, const struct source *s, zip_uint64_t index, struct entry *entry)
{
	zip_stat_t stat;
	char byte;
	const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
	if (zip_stat_index(archive, index, 0, &stat) < 0 || (stat.valid & needed) != needed ||
		stat.comp_size == 0)
		return false;
	zip_file_t *file = zip_fopen_index(archive, index, ZIP_FL_COMPRESSED);
	if (!file)
		return false;
	bool good = zip_fread(file, &byte, 1) == 1;
	zip_fclose(file);
	*entry = (struct entry){ s->read_at, stat.comp_size, stat.name, stat.comp_method == ZIP_CM_STORE };
	return good && entry->start < s->size && entry->size <= s->size - entry->start;
}

/* ---- PyTorch ---- */

struct torch {
	struct regions *regions;
	zip_t *archive;
	struct source *source;
	char folder[256]; /* the archive's one folder, with the slash */
};

/* A tensor's bytes in the file. One in a storage that is not stored as it is keeps no region of its own. */
static bool add_tensor(void *ctx, const struct pickle_tensor *tensor)
{
	struct torch *torch = ctx;
	struct entry entry;
	char path[512];
	int len = snprintf(path, sizeof(path), "%sdata/%.*s", torch->folder, (int)tensor->storage.len,
		tensor->storage.data);
	zip_int64_t index = len < (int)sizeof(path) ? zip_name_locate(torch->archive, path, 0) : -1;
	if (index < 0 || !entry_at(torch->archive, torch->source, (zip_uint64_t)index, &entry) ||
		!entry.stored || tensor->offset > entry.size)
		return true;
	uint64_t left = entry.size - tensor->offset;
	return regions_add(torch->regions, entry.start + tensor->offset,
		tensor->size < left ? tensor->size : left,
		regions_keep_name(torch->regions, tensor->name.data, tensor->name.len));
}

static char *read_entry(zip_t *archive, zip_uint64_t index, uint64_t size)
{
	char *bytes = size <= PICKLE_MAX ? malloc(size ? size : 1) : NULL;
	zip_file_t *file = bytes ? zip_fopen_index(archive, index, 0) : NULL;
	bool good = file && zip_fread(file, bytes, size) == (zip_int64_t)size;
	if (file)
		zip_fclose(file);
	if (good)
		return bytes;
	free(bytes);
	return NULL;
}

/* Adds the tensors that data.pkl names. A pickle that is not understood leaves the entries' own names. */
static void add_tensors(struct torch *torch, zip_uint64_t index)
{
	zip_stat_t stat;
	if (zip_stat_index(torch->archive, index, 0, &stat) < 0 || !(stat.valid & ZIP_STAT_SIZE))
		return;
	char *bytes = read_entry(torch->archive, index, stat.size);
	if (bytes)
		pickle_tensors(bytes, stat.size, add_tensor, torch);
	free(bytes);
}

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t end_len = strlen(end);
	return len >= end_len && memcmp(name + len - end_len, end, end_len) == 0;
}

/* The index of FOLDER/data.pkl, and torch->folder; -1: there is none. */
static zip_int64_t find_pickle(struct torch *torch)
{
	static const char wanted[] = "data.pkl";
	zip_int64_t count = zip_get_num_entries(torch->archive, 0);
	for (zip_int64_t i = 0; i < count; i++) {
		const char *name = zip_get_name(torch->archive, (zip_uint64_t)i, 0);
		size_t len = name ? strlen(name) : 0;
		if (!ends_with(name, len, "/data.pkl") || len >= sizeof(torch->folder))
			continue;
		memcpy(torch->folder, name, len - strlen(wanted));
		torch->folder[len - strlen(wanted)] = '\0';
		return i;
	}
	return -1;
}

/* ---- both ---- */

/* The name of an entry as it is shown: without `folder` and `end`. */
static struct region_name keep_entry_name(struct torch *torch, const char *name, const char *end)
{
	size_t skip = strlen(torch->folder);
	if (strncmp(name, torch->folder, skip) == 0)
		name += skip;
	size_t len = strlen(name);
	if (ends_with(name, len, end))
		len -= strlen(end);
	return regions_keep_name(torch->regions, name, len);
}

/* Adds each entry, what stands before the first one's bytes, and the list of entries behind the last one's. */
static bool add_entries(struct torch *torch, const char *end)
{
	zip_int64_t count = zip_get_num_entries(torch->archive, 0);
	uint64_t first = torch->source->size, last = 0;
	for (zip_int64_t i = 0; i < count; i++) {
		struct entry entry;
		if (!entry_at(torch->archive, torch->source, (zip_uint64_t)i, &entry))
			continue;
		if (!regions_add(
			    torch->regions, entry.start, entry.size, keep_entry_name(torch, entry.name, end)))
			return false;
		first = entry.start < first ? entry.start : first;
		last = entry.start + entry.size > last ? entry.start + entry.size : last;
	}
	return last > 0 && regions_add_header(torch->regions, "header", first) &&
	       regions_add(torch->regions, last, torch->source->size - last,
		       regions_keep_name(torch->regions, "directory", strlen("directory")));
}

/* The name of the archive's first entry, as far as the file's start has it. */
static const char *first_name(const unsigned char start[HEADER_START], size_t *len)
{
	*len = (size_t)(start[26] | start[27] << 8);
	if (memcmp(start, "PK\3\4", 4) != 0 || *len > HEADER_START - NAME_AT)
		*len = 0;
	return (const char *)start + NAME_AT;
}

FORMAT_IS(pytorch)
{
	size_t len;
	const char *name = first_name(start, &len);
	return file_size > NAME_AT &&
	       (ends_with(name, len, "/data.pkl") || ends_with(name, len, "/version") ||
		       memmem(name, len, "/data/", 6) || memmem(name, len, "/constants/", 11));
}

FORMAT_IS(npz)
{
	size_t len;
	const char *name = first_name(start, &len);
	return file_size > NAME_AT && ends_with(name, len, ".npy");
}

static bool zip_parse(struct header *h, struct regions *regions, bool is_torch)
{
	struct source source = { .fd = h->fd, .size = h->file_size, .left = HEADER_MAX };
	zip_error_init(&source.error);
	struct torch torch = { .regions = regions, .source = &source, .archive = archive_open(&source) };
	if (!torch.archive)
		return false;
	zip_int64_t pickle = is_torch ? find_pickle(&torch) : -1;
	bool good = (!is_torch || pickle >= 0) && add_entries(&torch, is_torch ? "" : ".npy");
	/* a tensor that begins where its storage does is added later, and so the bytes are its own */
	if (good && pickle >= 0)
		add_tensors(&torch, (zip_uint64_t)pickle);
	zip_discard(torch.archive);
	return good;
}

FORMAT_PARSE(pytorch)
{
	return zip_parse(h, regions, true);
}

FORMAT_PARSE(npz)
{
	return zip_parse(h, regions, false);
}
