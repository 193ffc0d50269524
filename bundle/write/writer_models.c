/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes into a bundle's file: the manifest, the models one after another, checksums and pages on the way. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "writer.h"

#define DEFAULT_PAGE  (64u << 10)
#define DEFAULT_LEVEL 3

/* --- before the first byte --- */

static int must_not_have_started(const struct pb_writer *w)
{
	return w->started ? fail(PB_ERR_ARGUMENT, "%s: its manifest is written already", w->path) : PB_OK;
}

int pb_writer_describe(struct pb_writer *w, const char *text, size_t len)
{
	int err = must_not_have_started(w);
	return err ? err : manifest_describe(&w->manifest, text, len);
}

int pb_writer_created_at(struct pb_writer *w, uint64_t seconds)
{
	int err = must_not_have_started(w);
	if (err)
		return err;
	w->manifest.created_at = seconds;
	w->dated = true;
	return PB_OK;
}

static int declare(struct pb_writer *w, const char *name, size_t name_len, struct model **model)
{
	uint32_t index;
	bool added;
	int err = must_not_have_started(w);
	if (!err)
		err = manifest_add(&w->manifest, name, name_len, &index, &added);
	if (err)
		return err;
	if (!added)
		return fail(PB_ERR_EXISTS, "%s: two models are called '%.*s'", w->path,
			name_len < 256 ? (int)name_len : 256, name);
	*model = &w->manifest.models[index];
	return PB_OK;
}

int pb_writer_add(struct pb_writer *w, const char *name, size_t name_len, uint64_t size)
{
	struct model *model = NULL;
	int err = declare(w, name, name_len, &model);
	if (err)
		return err;
	model->size = size;
	model->alignment_log2 = w->alignment_log2;
	return PB_OK;
}

int pb_writer_add_twin(struct pb_writer *w, const char *name, size_t name_len, size_t twin)
{
	struct model *model = NULL;
	if (twin >= w->manifest.count || w->manifest.models[twin].twin)
		return fail(PB_ERR_ARGUMENT, "%s: no model %zu to be the twin of", w->path, twin);
	int err = declare(w, name, name_len, &model);
	if (err)
		return err;
	const struct model *first = &w->manifest.models[twin];
	model->size = first->size;
	model->alignment_log2 = first->alignment_log2;
	model->twin = (uint32_t)twin + 1;
	return PB_OK;
}

void pb_writer_options_init_sized(struct pb_writer_options *options, size_t size)
{
	struct pb_writer_options all = {
		.struct_size = size,
		.alignment = PB_ALIGNMENT,
		.checksums = true,
		.level = DEFAULT_LEVEL,
		.page_bytes = DEFAULT_PAGE,
	};
	memcpy(options, &all, size < sizeof(all) ? size : sizeof(all));
}

static bool power_of_two(uint64_t v)
{
	return v && (v & (v - 1)) == 0;
}

static int check_options(const struct pb_writer_options *o)
{
	if (o->alignment && (!power_of_two(o->alignment) || o->alignment > UINT64_C(1) << ALIGNMENT_LOG2_MAX))
		return fail(PB_ERR_ARGUMENT,
			"an alignment of %" PRIu64 ", which is no power of two up to 2^%d", o->alignment,
			ALIGNMENT_LOG2_MAX);
	if (o->compress && (!power_of_two(o->page_bytes) || o->page_bytes < PAGE_BYTES_MIN ||
				   o->page_bytes > PAGE_BYTES_MAX))
		return fail(PB_ERR_ARGUMENT, "pages of %u bytes, which is no power of two from %u to %u",
			o->page_bytes, PAGE_BYTES_MIN, PAGE_BYTES_MAX);
	return PB_OK;
}

int pb_writer_configure(struct pb_writer *w, const struct pb_writer_options *options)
{
	struct pb_writer_options o;
	int err = must_not_have_started(w);
	if (err)
		return err;
	if (options->struct_size < offsetof(struct pb_writer_options, checksums) ||
		options->struct_size > sizeof(o))
		return fail(PB_ERR_ARGUMENT,
			"options: struct_size is %zu (call pb_writer_options_init first)",
			options->struct_size);
	pb_writer_options_init(&o);
	memcpy(&o, options, options->struct_size);
	err = check_options(&o);
	if (err)
		return err;
	struct manifest *m = &w->manifest;
	w->alignment_log2 = o.alignment ? (uint8_t)__builtin_ctzll(o.alignment) : 0;
	w->level = o.level;
	m->compressed = o.compress;
	m->extension.page_bytes = o.compress ? o.page_bytes : 0;
	m->extension.checksums = o.checksums;
	m->extension.aligned |= w->alignment_log2 > 0;
	if (o.compress || o.checksums || m->extension.aligned)
		m->extension.version = EXTENSION_VERSION;
	return PB_OK;
}

int pb_writer_metadata(
	struct pb_writer *w, const char *key, size_t key_len, const char *value, size_t value_len)
{
	int err = must_not_have_started(w);
	return err ? err : extension_add_pair(&w->manifest, key, key_len, value, value_len);
}

int pb_writer_component(
	struct pb_writer *w, const char *name, size_t name_len, const uint32_t *models, size_t count)
{
	int err = must_not_have_started(w);
	return err ? err : extension_add_component(&w->manifest, name, name_len, models, count);
}

/* --- the bytes --- */

static int put_zeros(struct pb_writer *w, uint64_t count)
{
	static const char zeros[4096];
	int err = PB_OK;
	while (!err && count > 0) {
		size_t n = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);
		err = writer_put(w, zeros, n);
		count -= n;
	}
	return err;
}

/* Goes to the next model that has bytes to be written. */
static int open_model(struct pb_writer *w)
{
	struct manifest *m = &w->manifest;
	for (; w->model < m->count; w->model++) {
		struct model *model = &m->models[w->model];
		if (model->twin)
			continue;
		if (m->compressed)
			model->offset = manifest_aligned(m, model, w->position - m->data_offset);
		if (model->size)
			break;
		model->checksum = hash_of("", 0);
	}
	if (w->model == m->count)
		return PB_OK;
	const struct model *model = &m->models[w->model];
	w->model_left = model->size;
	if (w->packer)
		w->page = m->extension.pages + model->first_page;
	if (w->hash)
		hash_begin(w->hash);
	return put_zeros(w, m->data_offset + model->offset - w->position);
}

static int put_page(struct pb_writer *w, const char *data, size_t size)
{
	const struct manifest *m = &w->manifest;
	struct packed packed;
	int err = packer_pack(w->packer, data, size, &packed);
	if (err)
		return err;
	err = writer_put(w, packed.data, packed.size);
	uint64_t begin = m->data_offset + m->models[w->model].offset;
	*w->page++ = (struct page){ w->position - begin, hash_of(packed.data, packed.size) };
	w->page_used = 0;
	return err;
}

/* Whole pages are packed where they are, others when they are full or the model ends. */
static int put_paged(struct pb_writer *w, const char *data, size_t size, uint64_t model_left)
{
	size_t page_bytes = w->manifest.extension.page_bytes;
	int err = PB_OK;
	while (!err && size > 0) {
		size_t n = page_bytes - w->page_used < size ? page_bytes - w->page_used : size;
		model_left -= n;
		if (n == page_bytes) {
			err = put_page(w, data, n);
		} else {
			memcpy(w->page_data + w->page_used, data, n);
			w->page_used += n;
			if (w->page_used == page_bytes || model_left == 0)
				err = put_page(w, w->page_data, w->page_used);
		}
		data += n;
		size -= n;
	}
	return err;
}

/* Bytes of the open model. */
static int put_model(struct pb_writer *w, const char *data, size_t size)
{
	if (w->hash)
		hash_add(w->hash, data, size);
	int err = w->packer ? put_paged(w, data, size, w->model_left) : writer_put(w, data, size);
	w->model_left -= size;
	if (err || w->model_left)
		return err;
	if (w->hash)
		w->manifest.models[w->model].checksum = hash_end(w->hash);
	w->model++;
	return open_model(w);
}

static int make_tools(struct pb_writer *w)
{
	const struct extension *x = &w->manifest.extension;
	if (x->checksums)
		w->hash = hash_new();
	if (x->page_bytes) {
		w->packer = packer_new(x->page_bytes, w->level);
		w->page_data = malloc(x->page_bytes);
	}
	return (x->checksums && !w->hash) || (x->page_bytes && (!w->packer || !w->page_data))
		       ? fail(PB_ERR_MEMORY, "%s: a writer", w->path)
		       : PB_OK;
}

static int start(struct pb_writer *w)
{
	unsigned char *bytes;
	size_t size;
	struct manifest *m = &w->manifest;
	if (!w->dated)
		m->created_at = (uint64_t)time(NULL);
	int err = make_tools(w);
	if (!err)
		err = manifest_lay_out(m);
	if (!err)
		err = manifest_encode(m, &bytes, &size);
	if (err)
		return err;
	for (uint32_t i = 0; i < m->count; i++)
		if (!m->models[i].twin)
			w->left += m->models[i].size;
	w->started = true;
	err = writer_put(w, bytes, size);
	free(bytes);
	return err ? err : open_model(w);
}

int pb_writer_write(struct pb_writer *w, const void *data, size_t size)
{
	int err = w->started ? PB_OK : start(w);
	if (err)
		return err;
	if (size > w->left)
		return fail(PB_ERR_INCOMPLETE, "%s: %zu bytes given, %" PRIu64 " declared are left", w->path,
			size, w->left);
	w->left -= size;
	for (const char *at = data; !err && size > 0;) {
		size_t n = size < w->model_left ? size : (size_t)w->model_left;
		err = put_model(w, at, n);
		at += n;
		size -= n;
	}
	return err;
}

void writer_settle(struct pb_writer *w)
{
	struct manifest *m = &w->manifest;
	const struct extension *x = &m->extension;
	for (uint32_t i = 0; i < m->count; i++) {
		struct model *model = &m->models[i];
		if (!model->twin)
			continue;
		const struct model *first = &m->models[model->twin - 1];
		model->offset = first->offset;
		model->checksum = first->checksum;
		if (x->page_bytes && model->size)
			memcpy(&x->pages[model->first_page], &x->pages[first->first_page],
				(model->size / x->page_bytes + (model->size % x->page_bytes != 0)) *
					sizeof(*x->pages));
	}
}
