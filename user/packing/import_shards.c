/* SPDX-License-Identifier: BSD-2-Clause */
/* Imports a model that is in several files. All of them must be there, and be what they or their index say: no tensor in two, none
 * too many, none missing. */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "import_source.h"
#include "outfile.h"
#include "reports.h"
#include "tensors.h"

struct model {
	struct build *b;
	const struct shards *shards;
	struct import_texts *texts;
	struct import_source *sources; /* one for each file */
};

/* ---- what the files say ---- */

static int check_split(const struct import_source *s, const struct shards *shards)
{
	const struct shard *shard = regions_shard(s->regions);
	if (!shard || shard->number != s->number - 1 || shard->count != shards->count)
		return import_refuse(s, "its split.no and split.count are not what its name says");
	if (shard->tensors != shards->tensors)
		return import_refuse(s, "its split.tensors.count is not that of the other files");
	return EXIT_SUCCESS;
}

static int check_file(const struct model *m, const struct import_source *s)
{
	uint32_t listed = regions_listed(s->regions), expected;
	if (strcmp(regions_format(s->regions), regions_format(m->sources[0].regions)) != 0)
		return import_refuse(s, "the first file of its model is of another format");
	if (!m->shards->index)
		return check_split(s, m->shards);
	expected = shards_tensors_of(m->shards, s->number - 1);
	if (listed == expected)
		return EXIT_SUCCESS;
	report("%s: not imported: its header lists %u tensors, of which the index has %u", printable(s->name),
		listed, expected);
	return EXIT_FAILURE;
}

/* Opens a file, reads its header and closes it: a model may have more files than a process may open. */
static int read_file(const struct model *m, uint32_t i)
{
	struct import_source *s = &m->sources[i];
	struct stat st;
	char *path = shards_path(m->shards, i);
	s->path = s->name = path ? import_keep(m->texts, path) : NULL;
	free(path);
	if (!s->path)
		return report_no_memory();
	if (stat(s->path, &st) < 0) {
		report_errno(s->path);
		report("the model is in %u files, and this is one of them (--alone imports a single file)",
			m->shards->count);
		return EXIT_FAILURE;
	}
	if (!S_ISREG(st.st_mode))
		return import_refuse(s, "not a regular file");
	if (outfile_is(m->b->out, &st))
		return import_refuse(s, "it is the output");
	int status = import_source_open(s);
	if (!status)
		status = import_read_regions(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return status ? status : check_file(m, s);
}

/* ---- tensors in two files ---- */

struct seen_tensor {
	UT_hash_handle hh;
	uint32_t file;
};

static int refuse_twice(const struct model *m, struct span name, uint32_t first, uint32_t second)
{
	report("%s: not imported: tensor '%s' is in %s too", printable(m->sources[second].name),
		printable_name(name.data, name.len),
		printable(strrchr(m->sources[first].name, '/') ? strrchr(m->sources[first].name, '/') + 1
							       : m->sources[first].name));
	return EXIT_FAILURE;
}

static int note_tensor(const struct model *m, struct seen_tensor **seen, struct span name, uint32_t file)
{
	struct seen_tensor *tensor;
	HASH_FIND(hh, *seen, name.data, name.len, tensor);
	if (tensor)
		return tensor->file == file ? EXIT_SUCCESS : refuse_twice(m, name, tensor->file, file);
	tensor = calloc(1, sizeof(*tensor));
	if (!tensor)
		return report_no_memory();
	tensor->file = file;
	HASH_ADD_KEYPTR(hh, *seen, name.data, name.len, tensor);
	if (tensor->hh.tbl)
		return EXIT_SUCCESS;
	free(tensor);
	return report_no_memory();
}

static int check_tensors(const struct model *m)
{
	struct seen_tensor *seen = NULL, *tensor, *next;
	struct region_range r;
	uint64_t listed = 0;
	int status = EXIT_SUCCESS;
	for (uint32_t file = 0; !status && file < m->shards->count; file++) {
		listed += regions_listed(m->sources[file].regions);
		for (uint32_t i = 0; !status && regions_at(m->sources[file].regions, i, &r); i++)
			if (r.start > 0)
				status = note_tensor(m, &seen, r.name, file);
	}
	HASH_ITER (hh, seen, tensor, next) {
		HASH_DEL(seen, tensor);
		free(tensor);
	}
	if (status || !m->shards->tensors || listed == m->shards->tensors)
		return status;
	report("%s: not imported: the %u files of its model list %llu tensors, and should have %u",
		printable(m->sources[0].name), m->shards->count, (unsigned long long)listed,
		m->shards->tensors);
	return EXIT_FAILURE;
}

/* ---- the bundle ---- */

/* The last component of a path that lasts. */
static const char *name_in_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int add_file(struct import_source *s, struct layer_model **layers)
{
	uint64_t size = s->size;
	int status = import_add_header(s);
	if (!status)
		status = import_add_tensors(s, layers);
	if (!status)
		status = import_source_open(s);
	if (!status && s->size != size)
		status = import_refuse(s, "its size has changed");
	if (!status)
		status = import_add_gaps(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (!status)
		status = import_add_pair(s, TENSORS_FILE_KEY, name_in_folder(s->path)) ||
			 import_add_pair(s, TENSORS_SIZE_KEY,
				 import_keep_printf(s->texts, "%llu", (unsigned long long)size));
	return status;
}

/* The index as a model, so that export can write it again. */
static int add_index(const struct model *m)
{
	const struct import_source *s = &m->sources[0];
	struct stat st;
	if (!m->shards->index)
		return EXIT_SUCCESS;
	const char *path = import_keep(m->texts, m->shards->index_path),
		   *name = import_free_name(s, TENSORS_INDEX);
	if (!path || !name)
		return report_no_memory();
	if (stat(path, &st) < 0)
		return report_errno(path);
	int status = build_add_model(m->b, name, strlen(name));
	if (!status)
		status = build_add_file(m->b, m->b->model_count - 1, path, &st);
	if (!status)
		status = build_add_pair(m->b, TENSORS_INDEX_KEY, name_in_folder(path));
	if (!status && strcmp(name, TENSORS_INDEX) != 0)
		status = build_add_pair(m->b, TENSORS_INDEX_MODEL_KEY, name);
	return status;
}

static int add_models(const struct model *m)
{
	struct layer_model *layers = NULL;
	int status = add_index(m);
	for (uint32_t i = 0; !status && i < m->shards->count; i++)
		status = add_file(&m->sources[i], &layers);
	import_layers_free(&layers);
	const char *count = import_keep_printf(m->texts, "%u", m->shards->count);
	if (!status)
		status = count ? build_add_pair(
					 m->b, TENSORS_FORMAT_KEY, regions_format(m->sources[0].regions)) ||
					 build_add_pair(m->b, TENSORS_SPLIT_KEY,
						 m->sources[0].by_layer ? "layer" : "tensor") ||
					 build_add_pair(m->b, TENSORS_SHARDS_KEY, count)
			       : report_no_memory();
	m->b->extended = true;
	return status;
}

int import_shards(struct build *b, const struct shards *shards, bool by_layer, struct import_texts *texts)
{
	struct model m = { b, shards, texts, calloc(shards->count ? shards->count : 1, sizeof(*m.sources)) };
	int status = m.sources ? EXIT_SUCCESS : report_no_memory();
	for (uint32_t i = 0; m.sources && i < shards->count; i++)
		m.sources[i] = (struct import_source){ .b = b,
			.texts = texts,
			.fd = -1,
			.by_layer = by_layer,
			.number = i + 1,
			.all = m.sources,
			.count = shards->count };
	for (uint32_t i = 0; !status && i < shards->count; i++)
		status = read_file(&m, i);
	if (!status)
		status = check_tensors(&m);
	if (!status)
		status = add_models(&m);
	for (uint32_t i = 0; m.sources && i < shards->count; i++)
		import_source_close(&m.sources[i]);
	free(m.sources);
	return status;
}
