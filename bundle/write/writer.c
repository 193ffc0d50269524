/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a bundle: opened, declared, committed. writer_models.c writes the bytes, file.c has the file. */
#include "writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"

#define DEFAULT_PAGE  (64u << 10)
#define DEFAULT_LEVEL 3

void pb_writer_abort(struct pb_writer *w)
{
	if (!w)
		return;
	new_file_close(&w->file);
	manifest_free(&w->manifest);
	hash_free(w->hash);
	packer_free(w->packer);
	free(w->page_data);
	free(w);
}

/* A writer whose file is opened by path, or borrowed if that is NULL. */
static int open_writer(const char *path, int fd, const char *name, struct pb_writer **writer)
{
	struct pb_writer *w = malloc(sizeof(*w));
	if (!w)
		return fail(PB_ERR_MEMORY, "%s: a writer", path ? path : name);
	memset(w, 0, offsetof(struct pb_writer, file.buffer));
	w->manifest.header_version = w->manifest.version = 1;
	int err = path ? new_file_open(&w->file, path) : new_file_borrow(&w->file, fd, name);
	if (err) {
		int keep = errno;
		pb_writer_abort(w);
		errno = keep;
		return err;
	}
	*writer = w;
	return PB_OK;
}

int pb_writer_open(const char *path, struct pb_writer **writer)
{
	if (!path || !*path || !writer)
		return fail(PB_ERR_ARGUMENT, "a writer needs a path");
	return open_writer(path, -1, NULL, writer);
}

int pb_writer_open_fd(int fd, const char *name, struct pb_writer **writer)
{
	if (fd < 0 || !name || !writer)
		return fail(PB_ERR_ARGUMENT, "a writer needs a file and a name for it");
	return open_writer(NULL, fd, name, writer);
}

int pb_writer_commit(struct pb_writer *w)
{
	int err = writer_finish(w);
	if (!err)
		err = new_file_commit(&w->file);
	int keep = errno;
	pb_writer_abort(w);
	errno = keep;
	return err;
}

/* --- declarations, before the first byte is written --- */

static int must_not_have_started(const struct pb_writer *w)
{
	return w->started ? fail(PB_ERR_ARGUMENT, "%s: its manifest is written already", w->file.path)
			  : PB_OK;
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
		return fail(PB_ERR_EXISTS, "%s: two models are called '%.*s'", w->file.path,
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
		return fail(PB_ERR_ARGUMENT, "%s: no model %zu to be the twin of", w->file.path, twin);
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
