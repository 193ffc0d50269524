/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bundle says of itself and its models, passed to the library's writer before the models' bytes. */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "build.h"
#include "percent.h"
#include "reports.h"

static int configure(struct pb_writer *w, const struct build *b)
{
	const struct build_options *o = b->options;
	struct pb_writer_options options;
	if (!b->extended)
		return PB_OK;
	pb_writer_options_init(&options);
	options.compress = o->compress;
	options.level = o->level;
	if (o->align)
		options.alignment = o->alignment;
	else if (o->compress)
		options.alignment = 0; /* compressed pages are never mapped */
	return pb_writer_configure(w, &options);
}

static int declare_models(struct pb_writer *w, const struct build *b)
{
	int err = PB_OK;
	for (uint32_t i = 0; !err && i < b->model_count; i++) {
		const struct build_model *m = &b->models[i];
		err = m->twin ? pb_writer_add_twin(w, m->name, m->name_len, m->twin - 1)
			      : pb_writer_add(w, m->name, m->name_len, m->size);
	}
	return err;
}

/* Length of KEY in an option KEY=VALUE. */
static size_t key_len(const char *option)
{
	return (size_t)(strchr(option, '=') - option);
}

static bool is_given(char *const *list, size_t count, const char *key, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (key_len(list[i]) == len && memcmp(list[i], key, len) == 0)
			return true;
	return false;
}

/* A key given as an option replaces the same key of the source. */
static int declare_metadata(struct pb_writer *w, const struct build *b)
{
	const struct build_options *o = b->options;
	struct pb_metadata had;
	int err = PB_OK;
	for (size_t i = 0; !err && b->like && pb_metadata_at(b->like, i, &had) == PB_OK; i++)
		if (!is_given(o->metadata, o->metadata_count, had.key, had.key_len))
			err = pb_writer_metadata(w, had.key, had.key_len, had.value, had.value_len);
	for (size_t i = 0; !err && i < b->pair_count; i++) {
		const struct build_pair *p = &b->pairs[i];
		if (!is_given(o->metadata, o->metadata_count, p->key, p->key_len))
			err = pb_writer_metadata(w, p->key, p->key_len, p->value, p->value_len);
	}
	for (size_t i = 0; !err && i < o->metadata_count; i++) {
		const char *pair = o->metadata[i], *value = pair + key_len(pair) + 1;
		err = pb_writer_metadata(w, pair, key_len(pair), value, strlen(value));
	}
	return err;
}

static bool find_model(const struct build *b, const char *name, uint32_t *index)
{
	size_t len = strlen(name);
	for (*index = 0; *index < b->model_count; ++*index)
		if (b->models[*index].name_len == len && memcmp(b->models[*index].name, name, len) == 0)
			return true;
	return false;
}

/* NAME=MODEL,... Returns EXIT_SUCCESS, or a failure status and reports. */
static int declare_component(struct pb_writer *w, const struct build *b, const char *option)
{
	char *list = strdup(option + key_len(option) + 1), *rest = list;
	uint32_t *models = calloc(strlen(option) + 1, sizeof(*models)); /* upper bound: a model per byte */
	size_t count = 0;
	int status = list && models ? EXIT_SUCCESS : report_no_memory();
	for (char *name; !status && (name = strsep(&rest, ","));) {
		if (!percent_decode(name) || !find_model(b, name, &models[count++])) {
			report("--component %s: no model '%s' (names are percent-encoded)", printable(option),
				printable(name));
			status = EXIT_USAGE;
		}
	}
	if (!status) {
		int err = pb_writer_component(w, option, key_len(option), models, count);
		status = err ? report_bundle(b->out, err) : EXIT_SUCCESS;
	}
	free(list);
	free(models);
	return status;
}

static int declare_components(struct pb_writer *w, const struct build *b)
{
	const struct build_options *o = b->options;
	struct pb_component had;
	int status = EXIT_SUCCESS;
	for (size_t i = 0; !status && b->like && pb_component_at(b->like, i, &had) == PB_OK; i++) {
		if (is_given(o->components, o->component_count, had.name, had.name_len))
			continue;
		int err = pb_writer_component(w, had.name, had.name_len, had.models, had.count);
		status = err ? report_bundle(b->out, err) : EXIT_SUCCESS;
	}
	for (size_t i = 0; !status && i < o->component_count; i++)
		status = declare_component(w, b, o->components[i]);
	return status;
}

int build_declare(struct pb_writer *w, const struct build *b)
{
	int err = configure(w, b);
	if (!err && b->description)
		err = pb_writer_describe(w, b->description, b->description_len);
	if (!err && b->dated)
		err = pb_writer_created_at(w, b->created_at);
	if (!err)
		err = declare_models(w, b);
	if (!err && b->extended)
		err = declare_metadata(w, b);
	if (err)
		return report_bundle(b->out, err);
	return b->extended ? declare_components(w, b) : EXIT_SUCCESS;
}
