/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a bundle: the manifest, then the models one after another, with their checksums and pages. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/base/error.h"
#include "bundle/format/manifest_layout.h"
#include "writer.h"

static int put_zeros(struct pb_writer *w, uint64_t count)
{
	static const char zeros[4096];
	int err = PB_OK;
	while (!err && count > 0) {
		size_t n = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);
		err = new_file_put(&w->file, zeros, n);
		count -= n;
	}
	return err;
}

/* Moves on to the next model that has bytes of its own to be written. */
static int open_model(struct pb_writer *w)
{
	struct manifest *m = &w->manifest;
	for (; w->model < m->count; w->model++) {
		struct model *model = &m->models[w->model];
		if (model->twin)
			continue;
		if (m->compressed)
			model->offset = manifest_aligned(m, model, w->file.position - m->data_offset);
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
	return put_zeros(w, m->data_offset + model->offset - w->file.position);
}

static int put_page(struct pb_writer *w, const char *data, size_t size)
{
	const struct manifest *m = &w->manifest;
	struct packed packed;
	int err = packer_pack(w->packer, data, size, &packed);
	if (err)
		return err;
	err = new_file_put(&w->file, packed.data, packed.size);
	uint64_t begin = m->data_offset + m->models[w->model].offset;
	*w->page++ = (struct page){ w->file.position - begin, hash_of(packed.data, packed.size) };
	w->page_used = 0;
	return err;
}

/* Compresses whole pages directly; collects parts of pages until the page is full or the model ends. */
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

/* `size` bytes of the current model, at most those it has left. */
static int put_model(struct pb_writer *w, const char *data, size_t size)
{
	if (w->hash)
		hash_add(w->hash, data, size);
	int err = w->packer ? put_paged(w, data, size, w->model_left) : new_file_put(&w->file, data, size);
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
		       ? fail(PB_ERR_MEMORY, "%s: a writer", w->file.path)
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
	err = new_file_put(&w->file, bytes, size);
	free(bytes);
	return err ? err : open_model(w);
}

int pb_writer_write(struct pb_writer *w, const void *data, size_t size)
{
	int err = w->started ? PB_OK : start(w);
	if (err)
		return err;
	if (size > w->left)
		return fail(PB_ERR_INCOMPLETE, "%s: %zu bytes given, %" PRIu64 " declared are left",
			w->file.path, size, w->left);
	w->left -= size;
	for (const char *at = data; !err && size > 0;) {
		size_t n = size < w->model_left ? size : (size_t)w->model_left;
		err = put_model(w, at, n);
		at += n;
		size -= n;
	}
	return err;
}

/* Twins get what is known of the models whose bytes they share. */
static void settle_twins(struct manifest *m)
{
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
				manifest_pages(m, model) * sizeof(*x->pages));
	}
}

/* Checksums and pages were not known when the manifest of an extended file was written. */
static int rewrite_manifest(struct pb_writer *w)
{
	unsigned char *bytes;
	size_t size;
	settle_twins(&w->manifest);
	int err = manifest_encode(&w->manifest, &bytes, &size);
	if (err)
		return err;
	err = new_file_rewrite(&w->file, bytes, size);
	free(bytes);
	return err;
}

int writer_finish(struct pb_writer *w)
{
	int err = pb_writer_write(w, NULL, 0);
	if (!err && w->left)
		err = fail(PB_ERR_INCOMPLETE, "%s: %" PRIu64 " bytes declared did not come", w->file.path,
			w->left);
	if (!err)
		err = new_file_flush(&w->file);
	if (!err && w->manifest.extension.version)
		err = rewrite_manifest(w);
	return err;
}
