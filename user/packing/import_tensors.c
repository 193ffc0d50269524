/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "user/modelfile/formats.h"
#include "user/base/report.h"
#include "file_zeros.h"
#include "import.h"
#include "reports.h"
#include "tensors.h"

/* Maps a layer's name to its model. The name's bytes belong to the regions. */
struct layer_model {
	UT_hash_handle hh;
	uint32_t model;
};

static struct layer_model *add_layer(
	struct build *b, struct layer_model **layers, const char *name, size_t len)
{
	struct layer_model *layer = malloc(sizeof(*layer));
	if (layer) {
		layer->model = b->model_count;
		HASH_ADD_KEYPTR(hh, *layers, name, len, layer);
	}
	if (layer && layer->hh.tbl)
		return layer;
	report_no_memory();
	free(layer);
	return NULL;
}

static int find_layer(
	struct build *b, struct layer_model **layers, const char *name, size_t len, uint32_t *model)
{
	struct layer_model *layer;
	HASH_FIND(hh, *layers, name, len, layer);
	int status = EXIT_SUCCESS;
	if (!layer) {
		layer = add_layer(b, layers, name, len);
		status = layer ? build_add_model(b, name, len) : EXIT_FAILURE;
	}
	if (!status)
		*model = layer->model;
	return status;
}

static void free_layers(struct layer_model **layers)
{
	struct layer_model *layer, *next;
	HASH_ITER (hh, *layers, layer, next) {
		HASH_DEL(*layers, layer);
		free(layer);
	}
}

/* The file that is imported. */
struct source {
	struct build *b;
	const char *name, *path;
	int fd;
	uint64_t size;
	struct regions *regions;
	bool by_layer;
};

static int add_range(const struct source *s, uint32_t model, uint64_t begin, uint64_t end)
{
	return build_add_part(
		s->b, model, (struct build_part){ .path = s->path, .offset = begin, .size = end - begin });
}

/* --- tensors --- */

/* The length of the name of a tensor's model. */
static size_t model_len(const struct source *s, struct span name)
{
	return s->by_layer ? tensors_layer(name.data, name.len) : name.len;
}

static int add_tensors(const struct source *s)
{
	struct layer_model *layers = NULL;
	struct region_range r;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; !status && regions_at(s->regions, i, &r); i++) {
		uint32_t model = s->b->model_count;
		if (r.start == 0)
			continue; /* the header */
		if (s->by_layer)
			status = find_layer(s->b, &layers, r.name.data, model_len(s, r.name), &model);
		else
			status = build_add_model(s->b, r.name.data, r.name.len);
		if (!status)
			status = add_range(s, model, r.start, r.end);
	}
	free_layers(&layers);
	return status;
}

static bool is_taken(const struct source *s, const char *name)
{
	struct region_range r;
	for (uint32_t i = 0; regions_at(s->regions, i, &r); i++)
		if (r.start > 0 && model_len(s, r.name) == strlen(name) &&
			memcmp(r.name.data, name, strlen(name)) == 0)
			return true;
	return false;
}

/* Writes a name that no tensor's model has: `wanted`, or that and a number. */
static void free_name(const struct source *s, const char *wanted, char name[256])
{
	snprintf(name, 256, "%s", wanted);
	for (unsigned i = 1; is_taken(s, name); i++)
		snprintf(name, 256, "%s.%u", wanted, i);
}

static int add_header(const struct source *s, char name[256])
{
	struct region_range header;
	regions_at(s->regions, 0, &header);
	free_name(s, TENSORS_HEADER, name);
	int status = build_add_model(s->b, name, strlen(name));
	if (!status)
		status = add_range(s, s->b->model_count - 1, 0, header.end);
	if (!status && strcmp(name, TENSORS_HEADER) != 0)
		status = build_add_pair(s->b, TENSORS_HEADER_KEY, name);
	return status;
}

/* --- bytes of no tensor --- */

/* The gap, perhaps empty, between a region and the next one or the file's end; false: there is no such region. */
static bool gap_behind(const struct source *s, uint32_t region, uint64_t *begin, uint64_t *end)
{
	struct region_range r;
	if (!regions_at(s->regions, region, &r))
		return false;
	*begin = r.end;
	*end = regions_at(s->regions, region + 1, &r) ? r.start : s->size;
	return true;
}

/* Says where bytes are that the header does not tell of. *some: there are. */
static int look_into_gaps(const struct source *s, bool *some)
{
	uint64_t begin, end;
	*some = false;
	for (uint32_t i = 0; gap_behind(s, i, &begin, &end); i++) {
		int zeros = file_zeros(s->fd, begin, end);
		if (zeros < 0) {
			report("%s: %s", printable(s->name), errno ? strerror(errno) : "it ends too early");
			return EXIT_FAILURE;
		}
		*some |= !zeros;
		if (!zeros)
			report("%s: bytes %llu to %llu are not told of in its header, and not zero: they are kept in a model of their own",
				printable(s->name), (unsigned long long)begin, (unsigned long long)end);
	}
	return EXIT_SUCCESS;
}

/* Without padding that is not zero, padding need not be kept. */
static int add_gaps(const struct source *s, char name[256])
{
	uint64_t begin, end;
	bool some;
	int status = look_into_gaps(s, &some);
	if (status || !some)
		return status;
	free_name(s, TENSORS_GAPS, name);
	status = build_add_model(s->b, name, strlen(name)) || build_add_pair(s->b, TENSORS_GAPS_KEY, name);
	for (uint32_t i = 0; !status && gap_behind(s, i, &begin, &end); i++)
		status = add_range(s, s->b->model_count - 1, begin, end);
	return status;
}

/* --- the file --- */

static const char *shown(struct span name)
{
	return printable_name(name.data, name.len);
}

static int refuse(const struct source *s, const char *why)
{
	report("%s: not imported: %s", printable(s->name), why);
	return EXIT_FAILURE;
}

/* Only what export can make again is imported. */
static int check_regions(const struct source *s)
{
	struct span name, other;
	struct region_range r;
	switch (regions_fault(s->regions, &name, &other)) {
	case REGIONS_OVERLAP:
		report("%s: not imported: its tensors '%s' and '%s' share bytes", printable(s->name),
			shown(name), shown(other));
		return EXIT_FAILURE;
	case REGIONS_BEYOND:
		report("%s: not imported: tensor '%s' passes its end", printable(s->name), shown(name));
		return EXIT_FAILURE;
	case REGIONS_SOUND:
		break;
	}
	for (uint32_t i = 0; regions_at(s->regions, i, &r); i++)
		if (memchr(r.name.data, '\0', r.name.len)) {
			report("%s: not imported: the name of tensor '%s' has a zero byte",
				printable(s->name), shown(r.name));
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}

static int read_regions(struct source *s)
{
	const char *why, *format = regions_format_of(s->fd, s->size);
	if (format && strcmp(format, "apbundle") == 0)
		return refuse(s, "a bundle (convert takes bundles)");
	/* the bytes of an archive's tensors are no ranges that export could put together again */
	if (!format || (strcmp(format, "safetensors") != 0 && strcmp(format, "gguf") != 0))
		return refuse(s, "no folder, and no whole safetensors or GGUF file");
	s->regions = regions_read_or_why(s->fd, s->size, &why);
	if (s->regions)
		return check_regions(s);
	report("%s: not imported: no whole %s file: %s", printable(s->name), format, why);
	return EXIT_FAILURE;
}

static int add_models(const struct source *s, struct import_texts *texts)
{
	struct build *b = s->b;
	int status = add_header(s, texts->header);
	if (!status)
		status = add_tensors(s);
	if (!status)
		status = add_gaps(s, texts->gaps);
	snprintf(texts->size, sizeof(texts->size), "%llu", (unsigned long long)s->size);
	if (!status)
		status = build_add_pair(b, TENSORS_FORMAT_KEY, regions_format(s->regions)) ||
			 build_add_pair(b, TENSORS_SPLIT_KEY, s->by_layer ? "layer" : "tensor") ||
			 build_add_pair(b, TENSORS_SIZE_KEY, texts->size);
	b->extended = true;
	return status;
}

int import_tensors(struct build *b, const struct input *from, bool by_layer, struct import_texts *texts)
{
	struct source s = { b, from->name, from->path, -1, (uint64_t)from->st.st_size, NULL, by_layer };
	s.fd = open(s.path, O_RDONLY | O_CLOEXEC);
	if (s.fd < 0)
		return report_errno(s.name);
	int status = read_regions(&s);
	if (!status)
		status = add_models(&s, texts);
	close(s.fd);
	regions_free(s.regions);
	return status;
}
