/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bundle says about itself: models, metadata, components, configuration; and bytes of models, read past
 * the cache. */
#include <string.h>

#include "bundle/format/manifest_layout.h"
#include "handle.h"

size_t pb_count(const struct pb_paged *p)
{
	return p->manifest.count;
}

int pb_model_at(const struct pb_paged *p, size_t index, struct pb_model *model)
{
	return manifest_model_at(&p->manifest, index, model);
}

int pb_find(const struct pb_paged *p, const char *name, size_t name_len, size_t *index)
{
	const struct entry *e = handle_find(p, name, name_len);
	if (!e)
		return fail(PB_ERR_NOT_FOUND, "model '%.*s'", name_len < 256 ? (int)name_len : 256, name);
	*index = (size_t)(e - p->entries);
	return PB_OK;
}

void pb_info_get(const struct pb_paged *p, struct pb_info *info)
{
	manifest_info(&p->manifest, info, p->file.size);
}

void pb_config_get(const struct pb_paged *p, struct pb_config *config)
{
	size_t size = config->struct_size;
	memcpy(config, &p->config, size < sizeof(p->config) ? size : sizeof(p->config));
	config->struct_size = size;
}

int pb_fetch_at(struct pb_paged *p, size_t index, uint64_t offset, size_t size, void *data)
{
	if (!p || (!data && size))
		return fail(PB_ERR_ARGUMENT, "pb_fetch_at needs a bundle and memory");
	if (index >= p->manifest.count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, p->manifest.count);
	int err = source_read(&p->source, (uint32_t)index, data, offset, size);
	return err ? err : file_verify_unchanged(&p->file);
}

int pb_storage_at(const struct pb_paged *p, size_t index, struct pb_storage *storage)
{
	const struct manifest *m = &p->manifest;
	if (index >= m->count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, m->count);
	const struct model *model = &m->models[index];
	struct pb_storage all = {
		.struct_size = storage->struct_size,
		.stored = source_stored(m, (uint32_t)index),
		.checksum = model->checksum,
		.alignment = UINT64_C(1) << model->alignment_log2,
		.pages = manifest_pages(m, model),
		.has_checksum = m->extension.checksums,
	};
	memcpy(storage, &all, storage->struct_size < sizeof(all) ? storage->struct_size : sizeof(all));
	return PB_OK;
}

size_t pb_metadata_count(const struct pb_paged *p)
{
	return p->manifest.extension.pair_count;
}

int pb_metadata_at(const struct pb_paged *p, size_t index, struct pb_metadata *metadata)
{
	const struct extension *x = &p->manifest.extension;
	if (index >= x->pair_count)
		return fail(PB_ERR_NOT_FOUND, "metadata %zu of %u", index, x->pair_count);
	const struct pair *pair = &x->pairs[index];
	*metadata =
		(struct pb_metadata){ pair->key.bytes, pair->value.bytes, pair->key.len, pair->value.len };
	return PB_OK;
}

int pb_metadata_find(const struct pb_paged *p, const char *key, struct pb_metadata *metadata)
{
	const struct extension *x = &p->manifest.extension;
	uint32_t index = names_find(&x->keys, x->pairs, sizeof(*x->pairs), key, strlen(key));
	return index == NAMES_NONE ? fail(PB_ERR_NOT_FOUND, "metadata '%s'", key)
				   : pb_metadata_at(p, index, metadata);
}

size_t pb_component_count(const struct pb_paged *p)
{
	return p->manifest.extension.component_count;
}

int pb_component_at(const struct pb_paged *p, size_t index, struct pb_component *component)
{
	const struct extension *x = &p->manifest.extension;
	if (index >= x->component_count)
		return fail(PB_ERR_NOT_FOUND, "component %zu of %u", index, x->component_count);
	const struct component *from = &x->components[index];
	*component = (struct pb_component){ from->name.bytes, from->name.len, from->models, from->count };
	return PB_OK;
}

int pb_component_find(const struct pb_paged *p, const char *name, struct pb_component *component)
{
	const struct extension *x = &p->manifest.extension;
	uint32_t index =
		names_find(&x->component_names, x->components, sizeof(*x->components), name, strlen(name));
	return index == NAMES_NONE ? fail(PB_ERR_NOT_FOUND, "component '%s'", name)
				   : pb_component_at(p, index, component);
}
