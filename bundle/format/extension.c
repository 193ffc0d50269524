/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds and frees the extension. extension_read.c reads it from the file, extension_write.c encodes it. */
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "extension_records.h"
#include "format.h"
#include "manifest_layout.h"

static void pair_free(struct pair *pair)
{
	free((char *)pair->key.bytes);
	free((char *)pair->value.bytes);
}

static void component_free(struct component *component)
{
	free((char *)component->name.bytes);
	free(component->models);
}

/* Appends an item to an array and enters its name. The array doubles each time the count is a power of two. */
static int enter(void **items, size_t stride, uint32_t *count, struct names *names, const void *item)
{
	const struct name *name = item;
	if (names_find(names, *items, stride, name->bytes, name->len) != NAMES_NONE)
		return fail(PB_ERR_EXISTS, "'%s' is there twice", name->bytes);
	if ((*count & (*count - 1)) == 0) {
		void *more = *count < NAMES_NONE / 4
				     ? reallocarray(*items, *count ? (size_t)*count * 2 : 1, stride)
				     : NULL;
		if (!more)
			return fail(PB_ERR_MEMORY, "%u items of the extension", *count);
		*items = more;
	}
	memcpy((char *)*items + *count * stride, item, stride);
	if (!names_enter(names, *items, stride, *count))
		return fail(PB_ERR_MEMORY, "%u items of the extension", *count);
	++*count;
	return PB_OK;
}

int extension_enter_pair(struct extension *x, struct pair *pair)
{
	void *items = x->pairs;
	int err = enter(&items, sizeof(*pair), &x->pair_count, &x->keys, pair);
	x->pairs = items;
	if (err)
		pair_free(pair);
	return err;
}

int extension_enter_component(struct extension *x, struct component *component)
{
	void *items = x->components;
	int err = enter(&items, sizeof(*component), &x->component_count, &x->component_names, component);
	x->components = items;
	if (err)
		component_free(component);
	return err;
}

int extension_add_pair(
	struct manifest *m, const char *key, size_t key_len, const char *value, size_t value_len)
{
	struct pair pair = { 0 };
	int err = name_copy(&pair.key, "a key of the metadata", key, key_len);
	if (!err)
		err = name_copy(&pair.value, "a value of the metadata", value, value_len);
	if (err) {
		pair_free(&pair);
		return err;
	}
	err = extension_enter_pair(&m->extension, &pair);
	if (!err)
		m->extension.version = EXTENSION_VERSION;
	return err;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int copy_models(struct component *c, const struct manifest *m, const uint32_t *models, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (models[i] >= m->count)
			return fail(PB_ERR_ARGUMENT, "component '%s': there is no model %u", c->name.bytes,
				models[i]);
	c->models = malloc((count ? count : 1) * sizeof(*models));
	if (!c->models)
		return fail(PB_ERR_MEMORY, "component '%s' of %zu models", c->name.bytes, count);
	if (count)
		memcpy(c->models, models, count * sizeof(*models));
	qsort(c->models, count, sizeof(*models), ascending);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || c->models[i] != c->models[i - 1])
			c->models[c->count++] = c->models[i];
	return PB_OK;
}

int extension_add_component(
	struct manifest *m, const char *name, size_t len, const uint32_t *models, size_t count)
{
	struct component component = { 0 };
	int err = name_copy(&component.name, "a component's name", name, len);
	if (!err)
		err = copy_models(&component, m, models, count);
	if (err) {
		component_free(&component);
		return err;
	}
	err = extension_enter_component(&m->extension, &component);
	if (!err)
		m->extension.version = EXTENSION_VERSION;
	return err;
}

int extension_count_pages(struct manifest *m, uint64_t most)
{
	struct extension *x = &m->extension;
	x->page_count = 0;
	for (uint32_t i = 0; i < m->count; i++) {
		struct model *model = &m->models[i];
		uint64_t pages = manifest_pages(m, model);
		model->first_page = x->page_count;
		if (pages > most - x->page_count)
			return fail(PB_ERR_FORMAT, "its models have more pages than its table");
		x->page_count += pages;
	}
	return PB_OK;
}

int extension_make_pages(struct manifest *m)
{
	struct extension *x = &m->extension;
	if (!x->page_bytes)
		return PB_OK;
	if (extension_count_pages(m, INT64_MAX / sizeof(*x->pages)))
		return fail(PB_ERR_ARGUMENT, "the bundle would be larger than a file can be");
	x->pages = calloc(x->page_count ? x->page_count : 1, sizeof(*x->pages));
	return x->pages ? PB_OK : fail(PB_ERR_MEMORY, "a table of pages");
}

void extension_free(struct extension *x)
{
	for (uint32_t i = 0; i < x->pair_count; i++)
		pair_free(&x->pairs[i]);
	for (uint32_t i = 0; i < x->component_count; i++)
		component_free(&x->components[i]);
	free(x->pairs);
	free(x->components);
	free(x->pages);
	names_free(&x->keys);
	names_free(&x->component_names);
	*x = (struct extension){ 0 };
}
