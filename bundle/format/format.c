/* SPDX-License-Identifier: BSD-2-Clause */
#include "format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "manifest_layout.h"
#include "stream.h"

#define MAGIC_BYTES 8
static const char plain_magic[MAGIC_BYTES + 1] = "APBUNDLE";
/* A different magic, so that readers of the original refuse the file instead of returning compressed bytes. */
static const char compressed_magic[MAGIC_BYTES + 1] = "APBUNDLZ";

/* --- reading --- */

/* Adds or finds a model. Takes ownership of `name`, even on error. */
static int manifest_enter(struct manifest *m, char *name, size_t len, uint32_t *index, bool *added)
{
	uint32_t found = names_find(&m->names, m->models, sizeof(*m->models), name, len);
	if (found != NAMES_NONE) {
		free(name);
		*index = found;
		*added = false;
		return PB_OK;
	}
	if (m->count == m->capacity) {
		uint32_t capacity = m->capacity ? m->capacity * 2 : 8;
		struct model *models = NULL;
		if (capacity > m->capacity && m->count < NAMES_NONE / 2)
			models = reallocarray(m->models, capacity, sizeof(*models));
		if (!models) {
			free(name);
			return fail(PB_ERR_MEMORY, "%u models", m->count);
		}
		m->models = models;
		m->capacity = capacity;
	}
	m->models[m->count] = (struct model){ .name = { name, (uint32_t)len } };
	if (!names_enter(&m->names, m->models, sizeof(*m->models), m->count)) {
		free(name);
		return fail(PB_ERR_MEMORY, "%u models", m->count);
	}
	*index = m->count++;
	*added = true;
	return PB_OK;
}

static int read_model(struct manifest *m, struct stream *s)
{
	char *name;
	uint32_t len, index;
	uint64_t size = 0, offset = 0;
	bool added;
	int err = stream_text(s, "a model's name", &name, &len);
	if (err)
		return err;
	err = stream_u64(s, &size);
	if (!err)
		err = stream_u64(s, &offset);
	if (err) {
		free(name);
		return err;
	}
	err = manifest_enter(m, name, len, &index, &added);
	if (err)
		return err;
	/* of two entries with the same name the last one counts, at the index of the first */
	m->models[index].size = size;
	m->models[index].offset = offset;
	return PB_OK;
}

static int read_header(struct manifest *m, struct stream *s)
{
	struct file *f = s->file;
	unsigned char *header = s->header;
	if (f->size < HEADER_BYTES)
		return fail(PB_ERR_TRUNCATED, "%" PRIu64 " bytes; a header takes %d", f->size, HEADER_BYTES);
	int err = file_read(f, header, HEADER_BYTES, 0);
	if (err)
		return err;
	m->compressed = memcmp(header, compressed_magic, MAGIC_BYTES) == 0;
	if (!m->compressed && memcmp(header, plain_magic, MAGIC_BYTES) != 0)
		return fail(PB_ERR_NOT_BUNDLE, "it does not begin with APBUNDLE");
	m->header_version = (uint32_t)get_number(header + 8, 4);
	uint64_t len = get_number(header + 12, 8);
	if (len > f->size - HEADER_BYTES)
		return fail(PB_ERR_TRUNCATED, "a manifest of %" PRIu64 " bytes in a file of %" PRIu64, len,
			f->size);
	s->end = m->data_offset = HEADER_BYTES + len;
	return PB_OK;
}

static int read_manifest(struct manifest *m, struct stream *s)
{
	uint32_t count;
	int err = stream_u32(s, &m->version);
	if (!err)
		err = stream_u64(s, &m->created_at);
	if (!err)
		err = stream_text(s, "the description", &m->description, &m->description_len);
	if (!err)
		err = stream_u32(s, &count);
	for (uint32_t i = 0; !err && i < count; i++)
		err = read_model(m, s);
	return err ? err : extension_read(m, s);
}

int manifest_read(struct manifest *m, struct file *f)
{
	*m = (struct manifest){ 0 };
	struct stream *s = malloc(sizeof(*s));
	if (!s)
		return fail(PB_ERR_MEMORY, "reading the manifest");
	s->file = f;
	s->pos = HEADER_BYTES;
	s->at = s->have = 0;
	int err = read_header(m, s);
	if (!err)
		err = read_manifest(m, s);
	free(s);
	if (err)
		manifest_free(m);
	return err;
}

/* --- building --- */

int manifest_add(struct manifest *m, const char *name, size_t len, uint32_t *index, bool *added)
{
	struct name copy;
	int err = name_copy(&copy, "a name", name, len);
	return err ? err : manifest_enter(m, (char *)copy.bytes, len, index, added);
}

struct model *manifest_find(const struct manifest *m, const char *name, size_t len)
{
	uint32_t index = names_find(&m->names, m->models, sizeof(*m->models), name, len);
	return index == NAMES_NONE ? NULL : &m->models[index];
}

int manifest_describe(struct manifest *m, const char *text, size_t len)
{
	struct name copy;
	int err = name_copy(&copy, "a description", text, len);
	if (err)
		return err;
	free(m->description);
	m->description = (char *)copy.bytes;
	m->description_len = copy.len;
	return PB_OK;
}

/* Bytes of the manifest in the file, without the header. */
static uint64_t encoded_size(const struct manifest *m)
{
	uint64_t size = 4 + 8 + 4 + (uint64_t)m->description_len + 4;
	for (uint32_t i = 0; i < m->count; i++)
		size += 4 + (uint64_t)m->models[i].name.len + 8 + 8;
	return size + extension_size(m);
}

int manifest_lay_out(struct manifest *m)
{
	uint64_t offset = 0;
	int err = extension_make_pages(m);
	if (err)
		return err;
	m->data_offset = HEADER_BYTES + encoded_size(m);
	for (uint32_t i = 0; i < m->count; i++) {
		struct model *model = &m->models[i];
		if (model->twin) {
			model->offset = m->models[model->twin - 1].offset;
			continue;
		}
		model->offset = offset = manifest_aligned(m, model, offset);
		if (m->data_offset + offset > INT64_MAX || model->size > INT64_MAX - m->data_offset - offset)
			return fail(PB_ERR_ARGUMENT, "the bundle would be larger than a file can be");
		offset += model->size;
	}
	return PB_OK;
}

int manifest_encode(const struct manifest *m, unsigned char **bytes, size_t *size)
{
	uint64_t len = encoded_size(m);
	unsigned char *out = malloc(HEADER_BYTES + len), *p = out;
	if (!out)
		return fail(PB_ERR_MEMORY, "a manifest of %" PRIu64 " bytes", len);
	memcpy(p, m->compressed ? compressed_magic : plain_magic, MAGIC_BYTES);
	p = put_number(p + MAGIC_BYTES, m->header_version, 4);
	p = put_number(p, len, 8);
	p = put_number(p, m->extension.version ? EXTENDED_VERSION : m->version, 4);
	p = put_number(p, m->created_at, 8);
	p = put_text(p, m->description, m->description_len);
	p = put_number(p, m->count, 4);
	for (uint32_t i = 0; i < m->count; i++) {
		const struct model *model = &m->models[i];
		p = put_text(p, model->name.bytes, model->name.len);
		p = put_number(p, model->size, 8);
		p = put_number(p, model->offset, 8);
	}
	extension_put(m, out, p);
	*bytes = out;
	*size = HEADER_BYTES + len;
	return PB_OK;
}

void manifest_free(struct manifest *m)
{
	for (uint32_t i = 0; i < m->count; i++) {
		free((char *)m->models[i].name.bytes);
		if (!m->models[i].twin)
			free(m->models[i].data);
	}
	free(m->models);
	free(m->description);
	names_free(&m->names);
	extension_free(&m->extension);
	*m = (struct manifest){ 0 };
}

/* --- queries --- */

void manifest_info(const struct manifest *m, struct pb_info *info, uint64_t file_size)
{
	struct pb_info all = {
		.struct_size = info->struct_size,
		.description = m->description ? m->description : "",
		.description_len = m->description_len,
		.created_at = m->created_at,
		.header_version = m->header_version,
		.manifest_version = m->version,
		.data_offset = m->data_offset,
		.file_size = file_size,
		.kind = m->compressed ? PB_KIND_COMPRESSED : PB_KIND_PLAIN,
		.extension = m->extension.version,
		.page_bytes = m->extension.page_bytes,
		.checksums = m->extension.checksums,
	};
	for (uint32_t i = 0; i < m->count; i++)
		if (__builtin_add_overflow(all.total_size, m->models[i].size, &all.total_size)) {
			all.total_size = UINT64_MAX;
			break;
		}
	memcpy(info, &all, info->struct_size < sizeof(all) ? info->struct_size : sizeof(all));
}

int manifest_model_at(const struct manifest *m, size_t index, struct pb_model *model)
{
	if (index >= m->count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, m->count);
	const struct model *from = &m->models[index];
	*model = (struct pb_model){ from->name.bytes, from->name.len, from->size,
		manifest_file_offset(m, from) };
	return PB_OK;
}
