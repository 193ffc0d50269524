/* SPDX-License-Identifier: BSD-2-Clause */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "user/base/report.h"
#include "bundlectl.h"
#include "meter.h"
#include "percent.h"
#include "stream.h"

static int no_memory(void)
{
	report("out of memory");
	return EXIT_FAILURE;
}

/* --- what it will be made of --- */

/* Room for one more of an array that grows by doubling. */
static bool make_room(void **items, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return true;
	uint32_t more = *room ? *room * 2 : 16;
	void *grown = more > *room ? reallocarray(*items, more, size) : NULL;
	if (!grown)
		return false;
	*items = grown;
	*room = more;
	return true;
}

int build_add_model(struct build *b, const char *name, size_t len)
{
	void *models = b->models;
	char *copy = malloc(len + 1);
	bool room = make_room(&models, b->model_count, &b->model_room, sizeof(*b->models));
	b->models = models;
	if (!room || !copy) {
		free(copy);
		return no_memory();
	}
	memcpy(copy, name, len);
	copy[len] = '\0';
	b->models[b->model_count++] = (struct build_model){ .name = copy, .name_len = len };
	return EXIT_SUCCESS;
}

int build_add_part(struct build *b, uint32_t model, struct build_part part)
{
	void *parts = b->parts;
	bool room = make_room(&parts, b->part_count, &b->part_room, sizeof(*b->parts));
	b->parts = parts;
	if (!room)
		return no_memory();
	part.model = model;
	part.seq = b->part_count;
	b->parts[b->part_count++] = part;
	b->models[model].size += part.size;
	return EXIT_SUCCESS;
}

int build_add_pair(struct build *b, const char *key, const char *value)
{
	struct build_pair *pairs = reallocarray(b->pairs, b->pair_count + 1, sizeof(*pairs));
	if (!pairs)
		return no_memory();
	b->pairs = pairs;
	pairs[b->pair_count++] = (struct build_pair){ key, value, strlen(key), strlen(value) };
	return EXIT_SUCCESS;
}

void build_free(struct build *b)
{
	for (uint32_t i = 0; i < b->model_count; i++)
		free(b->models[i].name);
	free(b->models);
	free(b->parts);
	free(b->pairs);
}

static int by_model(const void *a, const void *b)
{
	const struct build_part *x = a, *y = b;
	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The parts of each model together, in their order; parts without bytes are nothing. */
static void sort_parts(struct build *b)
{
	uint32_t kept = 0;
	qsort(b->parts, b->part_count, sizeof(*b->parts), by_model);
	for (uint32_t i = 0; i < b->part_count; i++) {
		struct build_part part = b->parts[i];
		struct build_model *model = &b->models[part.model];
		if (part.size == 0)
			continue;
		if (model->parts++ == 0)
			model->part = kept;
		b->parts[kept++] = part;
	}
	b->part_count = kept;
}

/* --- the manifest --- */

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
		options.alignment = 0; /* nobody maps compressed pages */
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

/* KEY of a KEY=VALUE of the options; whether that is one of them. */
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

/* The options' value of a key takes the place of what was there before. */
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

/* NAME=MODEL,...; EXIT_SUCCESS, or a status and reported. */
static int declare_component(struct pb_writer *w, const struct build *b, const char *option)
{
	char *list = strdup(option + key_len(option) + 1), *rest = list;
	uint32_t *models = calloc(strlen(option) + 1, sizeof(*models)); /* not more than commas and one */
	size_t count = 0;
	int status = list && models ? EXIT_SUCCESS : no_memory();
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

static int declare(struct pb_writer *w, const struct build *b)
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

/* --- the bytes --- */

struct copy {
	const struct build *build;
	struct pb_writer *writer;
	struct meter meter;
	XXH3_state_t *hash;
	char *portion;
};

static int copy_bytes(struct copy *c, struct build_cursor *cursor, const struct build_model *model)
{
	int status = EXIT_SUCCESS;
	for (uint64_t left = model->size; !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(cursor, c->portion, n);
		int err = status ? PB_OK : pb_writer_write(c->writer, c->portion, n);
		if (err) {
			meter_clear(&c->meter);
			return report_bundle(c->build->out, err);
		}
		if (!status && model->has_checksum)
			XXH3_64bits_update(c->hash, c->portion, n);
		meter_add(&c->meter, n);
		left -= n;
	}
	return status;
}

static int copy_model(struct copy *c, uint32_t i)
{
	const struct build_model *model = &c->build->models[i];
	struct build_cursor cursor;
	build_cursor_start(&cursor, c->build, i);
	if (model->has_checksum)
		XXH3_64bits_reset(c->hash);
	int status = copy_bytes(c, &cursor, model);
	build_cursor_end(&cursor);
	if (status || !model->has_checksum || XXH3_64bits_digest(c->hash) == model->checksum)
		return status;
	meter_clear(&c->meter);
	report("%s: model '%s': %s", printable(c->build->parts[model->part].path), printable(model->name),
		pb_strerror(PB_ERR_DAMAGED));
	return EXIT_FAILURE;
}

static int copy_models(struct pb_writer *w, const struct build *b)
{
	struct copy c = {
		.build = b, .writer = w, .hash = XXH3_createState(), .portion = malloc(STREAM_PORTION)
	};
	int status = c.hash && c.portion ? EXIT_SUCCESS : no_memory();
	uint64_t total = 0;
	for (uint32_t i = 0; i < b->model_count; i++)
		total += b->models[i].twin ? 0 : b->models[i].size;
	meter_start(&c.meter, b->command, total);
	for (uint32_t i = 0; !status && i < b->model_count; i++)
		if (!b->models[i].twin && b->models[i].size)
			status = copy_model(&c, i);
	meter_clear(&c.meter);
	XXH3_freeState(c.hash);
	free(c.portion);
	return status;
}

static void take_options(struct build *b)
{
	const struct build_options *o = b->options;
	if (o->description) {
		b->description = o->description;
		b->description_len = strlen(o->description);
	}
	if (o->dated) {
		b->dated = true;
		b->created_at = o->created_at;
	}
	b->extended = b->extended || build_extended(o);
}

int build_write(struct build *b)
{
	struct pb_writer *w;
	take_options(b);
	sort_parts(b);
	int status = build_find_twins(b);
	if (status)
		return status;
	int err = pb_writer_open(b->out, &w);
	if (err)
		return report_bundle(b->out, err);
	status = declare(w, b);
	if (!status)
		status = copy_models(w, b);
	if (status) {
		pb_writer_abort(w);
		return status;
	}
	err = pb_writer_commit(w);
	return err ? report_bundle(b->out, err) : EXIT_SUCCESS;
}
