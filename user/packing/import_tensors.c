/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <unistd.h>

#include "user/base/report.h"
#include "import_source.h"
#include "user/modelfile/formats.h"
#include "reports.h"
#include "tensors.h"

static int add_models(const struct import_source *s)
{
	struct layer_model *layers = NULL;
	int status = import_add_header(s);
	if (!status)
		status = import_add_tensors(s, &layers);
	import_layers_free(&layers);
	if (!status)
		status = import_add_gaps(s);
	if (!status)
		status = build_add_pair(s->b, TENSORS_FORMAT_KEY, regions_format(s->regions)) ||
			 build_add_pair(s->b, TENSORS_SPLIT_KEY, s->by_layer ? "layer" : "tensor") ||
			 import_add_pair(s, TENSORS_SIZE_KEY,
				 import_keep_printf(s->texts, "%llu", (unsigned long long)s->size));
	s->b->extended = true;
	return status;
}

/* Imports all files of the model that the file is a part of. *alone: it is a whole model. */
static int import_others(struct import_source *s, bool *alone)
{
	const char *why;
	struct shards *shards = shards_find(NULL, s->path, s->regions, &why);
	*alone = !shards && !why;
	if (why)
		report("%s: not imported: one of several files of its model: %s (--alone takes it by itself)",
			printable(s->name), why);
	int status = shards ? import_shards(s->b, shards, s->by_layer, s->texts) : EXIT_FAILURE;
	shards_free(shards);
	return status;
}

/* An index, whose files are imported; or another file of no known format. */
static int import_index(const struct import_source *s)
{
	const char *why;
	char first;
	if (pread(s->fd, &first, 1, 0) != 1 || first != '{')
		return import_refuse(s, "no folder, and no whole safetensors or GGUF file");
	struct shards *shards = shards_of_index(NULL, s->path, &why);
	if (!shards || !shards->count)
		report("%s: not imported: no index of a model's files: %s", printable(s->name),
			shards ? "it names none"
			: why  ? why
			       : "it cannot be read");
	int status =
		shards && shards->count ? import_shards(s->b, shards, s->by_layer, s->texts) : EXIT_FAILURE;
	shards_free(shards);
	return status;
}

static int import_file(struct import_source *s, bool alone)
{
	if (!regions_format_of(s->fd, s->size))
		return import_index(s);
	int status = import_read_regions(s);
	if (status || alone)
		return status ? status : add_models(s);
	status = import_others(s, &alone);
	return alone ? add_models(s) : status;
}

int import_tensors(
	struct build *b, const struct input *from, struct import_how how, struct import_texts *texts)
{
	struct import_source s = { .b = b,
		.texts = texts,
		.name = from->name,
		.path = from->path,
		.fd = -1,
		.by_layer = how.layers,
		.count = 1 };
	s.all = &s;
	int status = import_source_open(&s);
	if (!status)
		status = import_file(&s, how.alone);
	import_source_close(&s);
	return status;
}
