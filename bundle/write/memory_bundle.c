/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "bundle/format/source.h"

struct pb_bundle {
	struct manifest manifest;
	bool dated; /* created_at was set, or read from a file */
};

struct pb_bundle *pb_bundle_new(void)
{
	struct pb_bundle *b = calloc(1, sizeof(*b));
	if (b)
		b->manifest.header_version = b->manifest.version = 1;
	return b;
}

void pb_bundle_free(struct pb_bundle *b)
{
	if (!b)
		return;
	manifest_free(&b->manifest);
	free(b);
}

/* Frees a model's data, or leaves it to the first of its twins. */
static void give_up_data(struct manifest *m, uint32_t index)
{
	struct model *model = &m->models[index];
	uint32_t heir = 0;
	for (uint32_t i = index + 1; !model->twin && i < m->count; i++)
		if (m->models[i].twin == index + 1) {
			m->models[i].twin = heir;
			heir = heir ? heir : i + 1;
		}
	if (!model->twin && !heir)
		free(model->data);
	model->twin = 0;
	model->data = NULL;
}

int pb_bundle_add(struct pb_bundle *b, const char *name, const void *data, size_t size)
{
	if (!name || (!data && size))
		return fail(PB_ERR_ARGUMENT, "a model needs a name and data");
	void *copy = malloc(size ? size : 1);
	if (!copy)
		return fail(PB_ERR_MEMORY, "model '%s' of %zu bytes", name, size);
	if (size)
		memcpy(copy, data, size);
	uint32_t index;
	bool added;
	int err = manifest_add(&b->manifest, name, strlen(name), &index, &added);
	if (err) {
		free(copy);
		return err;
	}
	give_up_data(&b->manifest, index);
	b->manifest.models[index].data = copy;
	b->manifest.models[index].size = size;
	return PB_OK;
}

int pb_bundle_get_at(const struct pb_bundle *b, size_t index, const void **data, size_t *size)
{
	if (index >= b->manifest.count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, b->manifest.count);
	*data = b->manifest.models[index].data;
	*size = (size_t)b->manifest.models[index].size;
	return PB_OK;
}

int pb_bundle_get(const struct pb_bundle *b, const char *name, const void **data, size_t *size)
{
	const struct model *model = name ? manifest_find(&b->manifest, name, strlen(name)) : NULL;
	if (!model)
		return fail(PB_ERR_NOT_FOUND, "model '%s'", name ? name : "");
	return pb_bundle_get_at(b, (size_t)(model - b->manifest.models), data, size);
}

size_t pb_bundle_count(const struct pb_bundle *b)
{
	return b->manifest.count;
}

uint64_t pb_bundle_total_size(const struct pb_bundle *b)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < b->manifest.count; i++)
		total += b->manifest.models[i].size;
	return total;
}

int pb_bundle_model_at(const struct pb_bundle *b, size_t index, struct pb_model *model)
{
	int err = manifest_model_at(&b->manifest, index, model);
	if (!err)
		model->offset = 0;
	return err;
}

void pb_bundle_info_get(const struct pb_bundle *b, struct pb_info *info)
{
	manifest_info(&b->manifest, info, 0);
}

int pb_bundle_set_description(struct pb_bundle *b, const char *text)
{
	return manifest_describe(&b->manifest, text ? text : "", text ? strlen(text) : 0);
}

void pb_bundle_set_created_at(struct pb_bundle *b, uint64_t seconds)
{
	b->manifest.created_at = seconds;
	b->dated = true;
}

static int declare_model(const struct manifest *m, const struct model *model, struct pb_writer *w)
{
	struct pb_writer_options o;
	pb_writer_options_init(&o);
	o.alignment = UINT64_C(1) << model->alignment_log2;
	o.checksums = m->extension.checksums;
	o.compress = m->compressed;
	if (o.compress)
		o.page_bytes = m->extension.page_bytes;
	int err = m->extension.version ? pb_writer_configure(w, &o) : PB_OK;
	if (err)
		return err;
	return model->twin ? pb_writer_add_twin(w, model->name.bytes, model->name.len, model->twin - 1)
			   : pb_writer_add(w, model->name.bytes, model->name.len, model->size);
}

static int declare(const struct pb_bundle *b, struct pb_writer *w)
{
	const struct manifest *m = &b->manifest;
	const struct extension *x = &m->extension;
	int err = pb_writer_describe(w, m->description ? m->description : "", m->description_len);
	if (!err && b->dated)
		err = pb_writer_created_at(w, m->created_at);
	for (uint32_t i = 0; !err && i < m->count; i++)
		err = declare_model(m, &m->models[i], w);
	for (uint32_t i = 0; !err && i < x->pair_count; i++)
		err = pb_writer_metadata(w, x->pairs[i].key.bytes, x->pairs[i].key.len,
			x->pairs[i].value.bytes, x->pairs[i].value.len);
	for (uint32_t i = 0; !err && i < x->component_count; i++)
		err = pb_writer_component(w, x->components[i].name.bytes, x->components[i].name.len,
			x->components[i].models, x->components[i].count);
	return err;
}

int pb_bundle_save(const struct pb_bundle *b, const char *path)
{
	struct pb_writer *w;
	int err = pb_writer_open(path, &w);
	if (err)
		return err;
	err = declare(b, w);
	for (uint32_t i = 0; !err && i < b->manifest.count; i++)
		if (!b->manifest.models[i].twin)
			err = pb_writer_write(
				w, b->manifest.models[i].data, (size_t)b->manifest.models[i].size);
	if (!err)
		return pb_writer_commit(w);
	int keep = errno;
	pb_writer_abort(w);
	errno = keep;
	return err;
}

struct extent {
	uint64_t offset, size;
	uint32_t model;
};

static int by_extent(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x->model > y->model) - (x->model < y->model);
}

/* Models that share their bytes in the file share them in memory too. */
static int find_twins(struct manifest *m)
{
	struct extent *extents = malloc((m->count ? m->count : 1) * sizeof(*extents));
	if (!extents)
		return fail(PB_ERR_MEMORY, "%u models", m->count);
	for (uint32_t i = 0; i < m->count; i++)
		extents[i] = (struct extent){ m->models[i].offset, m->models[i].size, i };
	qsort(extents, m->count, sizeof(*extents), by_extent);
	uint32_t first = 0;
	for (uint32_t i = 1; i < m->count; i++) {
		if (extents[i].offset != extents[first].offset || extents[i].size != extents[first].size)
			first = i;
		else if (extents[i].size)
			m->models[extents[i].model].twin = extents[first].model + 1;
	}
	free(extents);
	return PB_OK;
}

static int load_model(struct source *source, uint32_t i, struct model *model)
{
	model->data = model->size <= SIZE_MAX ? malloc(model->size ? (size_t)model->size : 1) : NULL;
	if (!model->data)
		return fail(PB_ERR_MEMORY, "model '%s'", model->name.bytes);
	return source_read_whole(source, i, model->data);
}

/* Refuses models that overlap in part: they could need many times the file's size. Compressed models may be
 * larger than the file. */
static int load_models(struct manifest *m, struct source *source)
{
	uint64_t left = m->compressed ? UINT64_MAX : source->file->size;
	int err = find_twins(m);
	for (uint32_t i = 0; !err && i < m->count; i++) {
		struct model *model = &m->models[i];
		if (model->twin) {
			model->data = m->models[model->twin - 1].data;
			continue;
		}
		err = source_check_bounds(source, i);
		if (!err && model->size > left)
			err = fail(PB_ERR_FORMAT, "models overlap: together they are larger than the file");
		if (!err)
			err = load_model(source, i, model);
		left -= model->size;
	}
	return err;
}

int pb_bundle_load(const char *path, struct pb_bundle **bundle)
{
	if (!path || !bundle)
		return fail(PB_ERR_ARGUMENT, "a bundle is loaded from a path");
	struct pb_bundle *b = pb_bundle_new();
	if (!b)
		return fail(PB_ERR_MEMORY, "%s: a bundle", path);
	struct file f;
	struct source source = { 0 };
	int err = file_open(&f, path, PB_READ_PREAD);
	if (!err)
		err = manifest_read(&b->manifest, &f);
	source_init(&source, &b->manifest, &f, true);
	if (!err)
		err = load_models(&b->manifest, &source);
	if (!err)
		err = file_verify_unchanged(&f);
	int keep = errno;
	source_close(&source);
	file_close(&f);
	b->dated = true;
	if (err)
		pb_bundle_free(b);
	else
		*bundle = b;
	errno = keep;
	return err;
}
