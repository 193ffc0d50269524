/* SPDX-License-Identifier: BSD-2-Clause */
#include "source.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "hash.h"
#include "manifest_layout.h"

#define PORTION (256u << 10) /* bytes hashed at once */

void source_init(struct source *s, const struct manifest *manifest, struct file *file, bool verify)
{
	*s = (struct source){ .manifest = manifest, .file = file, .verify = verify };
}

void source_close(struct source *s)
{
	unpacker_free(atomic_exchange(&s->spare, NULL));
}

/* Where page i begins, relative to the model's first page. */
static uint64_t page_begin(const struct page *pages, uint64_t i)
{
	return i ? pages[i - 1].end : 0;
}

uint64_t source_stored(const struct manifest *m, uint32_t i)
{
	const struct model *model = &m->models[i];
	if (!m->compressed)
		return model->size;
	return page_begin(m->extension.pages + model->first_page, manifest_pages(m, model));
}

int source_check_bounds(const struct source *s, uint32_t i)
{
	const struct model *model = &s->manifest->models[i];
	uint64_t offset = manifest_file_offset(s->manifest, model), stored = source_stored(s->manifest, i);
	if (stored == 0 || (offset <= s->file->size && stored <= s->file->size - offset))
		return PB_OK;
	return fail(PB_ERR_BOUNDS, "model '%s': %" PRIu64 " bytes at %" PRIu64 " of a file of %" PRIu64,
		model->name.bytes, stored, offset, s->file->size);
}

/* --- compressed pages --- */

/* The range of a model to be read. */
struct range {
	const struct model *model;
	const struct page *pages; /* the model's */
	char *data;
	uint64_t offset;
	size_t size;
};

/* Checks and decompresses page i from its stored bytes, and copies what the range contains of it. */
static int unpack_page(const struct source *s, struct unpacker *u, const struct range *r, uint64_t i,
	const unsigned char *stored)
{
	uint64_t page_bytes = s->manifest->extension.page_bytes, begin = i * page_bytes;
	uint64_t left = r->model->size - begin, stored_size = r->pages[i].end - page_begin(r->pages, i);
	size_t raw = (size_t)(left < page_bytes ? left : page_bytes);
	if (hash_of(stored, (size_t)stored_size) != r->pages[i].checksum)
		return fail(PB_ERR_DAMAGED, "model '%s', page %" PRIu64, r->model->name.bytes, i);
	if (begin >= r->offset && begin + raw <= r->offset + r->size)
		return unpacker_unpack(u, stored, (size_t)stored_size, r->data + (begin - r->offset), raw);
	int err = unpacker_unpack(u, stored, (size_t)stored_size, u->page, raw);
	if (err)
		return err;
	uint64_t from = begin > r->offset ? begin : r->offset, to = begin + raw;
	if (to > r->offset + r->size)
		to = r->offset + r->size;
	memcpy(r->data + (from - r->offset), u->page + (from - begin), (size_t)(to - from));
	return PB_OK;
}

/* Reads the pages of the range, as many with each call as fit into the unpacker. */
static int read_pages(const struct source *s, struct unpacker *u, const struct range *r)
{
	uint64_t page_bytes = s->manifest->extension.page_bytes;
	uint64_t at = manifest_file_offset(s->manifest, r->model);
	uint64_t i = r->offset / page_bytes, end = (r->offset + r->size - 1) / page_bytes + 1;
	int err = PB_OK;
	while (!err && i < end) {
		uint64_t begin = page_begin(r->pages, i), last = i + 1;
		while (last < end && r->pages[last].end - begin <= UNPACKER_STORED)
			last++;
		err = file_read(s->file, u->stored, (size_t)(r->pages[last - 1].end - begin), at + begin);
		for (; !err && i < last; i++)
			err = unpack_page(s, u, r, i, u->stored + (page_begin(r->pages, i) - begin));
	}
	return err;
}

static int read_compressed(struct source *s, const struct range *r)
{
	struct unpacker *u = atomic_exchange(&s->spare, NULL);
	if (!u)
		u = unpacker_new(s->manifest->extension.page_bytes);
	if (!u)
		return fail(PB_ERR_MEMORY, "decompressing model '%s'", r->model->name.bytes);
	int err = read_pages(s, u, r);
	unpacker_free(atomic_exchange(&s->spare, u));
	return err;
}

int source_read(struct source *s, uint32_t i, void *data, uint64_t offset, size_t size)
{
	const struct manifest *m = s->manifest;
	const struct model *model = &m->models[i];
	int err = source_check_bounds(s, i);
	if (err || size == 0)
		return err;
	if (offset > model->size || size > model->size - offset)
		return fail(PB_ERR_ARGUMENT, "model '%s': %zu bytes at %" PRIu64 " of %" PRIu64,
			model->name.bytes, size, offset, model->size);
	if (m->compressed)
		err = read_compressed(s,
			&(struct range){ model, m->extension.pages + model->first_page, data, offset, size });
	else
		err = file_read(s->file, data, size, manifest_file_offset(m, model) + offset);
	return err;
}

int source_compare(const struct source *s, uint32_t i, const void *data)
{
	const struct model *model = &s->manifest->models[i];
	if (!s->manifest->extension.checksums || hash_of(data, (size_t)model->size) == model->checksum)
		return PB_OK;
	return fail(PB_ERR_DAMAGED, "model '%s'", model->name.bytes);
}

static int hash_file(const struct source *s, const struct model *model, struct hash *hash, char *portion)
{
	uint64_t from = manifest_file_offset(s->manifest, model);
	for (uint64_t at = 0; at < model->size; at += PORTION) {
		uint64_t left = model->size - at;
		size_t size = (size_t)(left < PORTION ? left : PORTION);
		int err = file_read(s->file, portion, size, from + at);
		if (err)
			return err;
		hash_add(hash, portion, size);
	}
	return PB_OK;
}

int source_compare_file(const struct source *s, uint32_t i)
{
	const struct model *model = &s->manifest->models[i];
	if (!s->verify || !s->manifest->extension.checksums)
		return PB_OK;
	struct hash *hash = hash_new();
	char *portion = malloc(PORTION);
	int err = hash && portion ? hash_file(s, model, hash, portion)
				  : fail(PB_ERR_MEMORY, "verifying model '%s'", model->name.bytes);
	if (!err && hash_end(hash) != model->checksum)
		err = fail(PB_ERR_DAMAGED, "model '%s'", model->name.bytes);
	free(portion);
	hash_free(hash);
	return err;
}

int source_read_whole(struct source *s, uint32_t i, void *data)
{
	int err = source_read(s, i, data, 0, (size_t)s->manifest->models[i].size);
	return err ? err : source_verify(s, i, data);
}
