/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "format.h"

struct pb_bundle {
	struct manifest manifest;
	bool dated; /* created_at was set or read */
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
	struct model *model = &b->manifest.models[index];
	free(model->data);
	model->data = copy;
	model->size = size;
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

static int declare(const struct pb_bundle *b, struct pb_writer *w)
{
	const struct manifest *m = &b->manifest;
	int err = pb_writer_describe(w, m->description ? m->description : "", m->description_len);
	if (!err && b->dated)
		err = pb_writer_created_at(w, m->created_at);
	for (uint32_t i = 0; !err && i < m->count; i++)
		err = pb_writer_add(w, m->models[i].name.bytes, m->models[i].name.len, m->models[i].size);
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
		err = pb_writer_write(w, b->manifest.models[i].data, (size_t)b->manifest.models[i].size);
	if (!err)
		return pb_writer_commit(w);
	int keep = errno;
	pb_writer_abort(w);
	errno = keep;
	return err;
}

/* Overlapping models could ask for many times the file's size. */
static int load_models(struct manifest *m, struct file *f)
{
	uint64_t left = f->size;
	for (uint32_t i = 0; i < m->count; i++) {
		struct model *model = &m->models[i];
		uint64_t offset = manifest_file_offset(m, model);
		if (model->size && (offset > f->size || model->size > f->size - offset))
			return fail(PB_ERR_BOUNDS, "model '%s'", model->name.bytes);
		if (model->size > left)
			return fail(PB_ERR_FORMAT, "models overlap: together they are larger than the file");
		left -= model->size;
		model->data = malloc(model->size ? (size_t)model->size : 1);
		if (!model->data)
			return fail(PB_ERR_MEMORY, "model '%s'", model->name.bytes);
		int err = model->size ? file_read(f, model->data, (size_t)model->size, offset) : PB_OK;
		if (err)
			return err;
	}
	return file_verify_unchanged(f);
}

int pb_bundle_load(const char *path, struct pb_bundle **bundle)
{
	if (!path || !bundle)
		return fail(PB_ERR_ARGUMENT, "a bundle is loaded from a path");
	struct pb_bundle *b = pb_bundle_new();
	if (!b)
		return fail(PB_ERR_MEMORY, "%s: a bundle", path);
	struct file f;
	int err = file_open(&f, path, PB_READ_PREAD);
	if (!err)
		err = manifest_read(&b->manifest, &f);
	if (!err)
		err = load_models(&b->manifest, &f);
	int keep = errno;
	file_close(&f);
	b->dated = true;
	if (err)
		pb_bundle_free(b);
	else
		*bundle = b;
	errno = keep;
	return err;
}
