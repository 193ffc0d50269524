/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "import_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "user/modelfile/formats.h"
#include "file_zeros.h"
#include "reports.h"
#include "tensors.h"

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

void import_layers_free(struct layer_model **layers)
{
	struct layer_model *layer, *next;
	HASH_ITER (hh, *layers, layer, next) {
		HASH_DEL(*layers, layer);
		free(layer);
	}
}

static int add_range(const struct import_source *s, uint32_t model, uint64_t begin, uint64_t end)
{
	return build_add_part(
		s->b, model, (struct build_part){ .path = s->path, .offset = begin, .size = end - begin });
}

/* --- tensors --- */

/* The length of the name of a tensor's model. */
static size_t model_len(const struct import_source *s, struct span name)
{
	return s->by_layer ? tensors_layer(name.data, name.len) : name.len;
}

int import_add_tensors(const struct import_source *s, struct layer_model **layers)
{
	struct region_range r;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; !status && regions_at(s->regions, i, &r); i++) {
		uint32_t model = s->b->model_count;
		if (r.start == 0)
			continue; /* the header */
		if (s->by_layer)
			status = find_layer(s->b, layers, r.name.data, model_len(s, r.name), &model);
		else
			status = build_add_model(s->b, r.name.data, r.name.len);
		if (!status)
			status = add_range(s, model, r.start, r.end);
	}
	return status;
}

static bool is_taken_in(const struct import_source *s, const char *name)
{
	struct region_range r;
	for (uint32_t i = 0; regions_at(s->regions, i, &r); i++)
		if (r.start > 0 && model_len(s, r.name) == strlen(name) &&
			memcmp(r.name.data, name, strlen(name)) == 0)
			return true;
	return false;
}

/* Whether a tensor's model has the name, of any of the files. */
static bool is_taken(const struct import_source *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (is_taken_in(&s->all[i], name))
			return true;
	return false;
}

const char *import_free_name(const struct import_source *s, const char *wanted)
{
	char name[256];
	snprintf(name, sizeof(name), "%s", wanted);
	for (unsigned i = 1; is_taken(s, name); i++)
		snprintf(name, sizeof(name), "%s.%u", wanted, i);
	return import_keep(s->texts, name);
}

int import_add_pair(const struct import_source *s, const char *key, const char *value)
{
	char word[TENSORS_WORD_MAX];
	tensors_word(word, key, s->number);
	const char *kept = import_keep(s->texts, word);
	return kept && value ? build_add_pair(s->b, kept, value) : report_no_memory();
}

int import_add_header(const struct import_source *s)
{
	struct region_range header;
	char wanted[TENSORS_WORD_MAX];
	regions_at(s->regions, 0, &header);
	tensors_word(wanted, TENSORS_HEADER, s->number);
	const char *name = import_free_name(s, wanted);
	int status = name ? build_add_model(s->b, name, strlen(name)) : report_no_memory();
	if (!status)
		status = add_range(s, s->b->model_count - 1, 0, header.end);
	if (!status && strcmp(name, wanted) != 0)
		status = import_add_pair(s, TENSORS_HEADER_KEY, name);
	return status;
}

/* --- bytes of no tensor --- */

/* The gap, perhaps empty, between a region and the next one or the file's end; false: there is no such region. */
static bool gap_behind(const struct import_source *s, uint32_t region, uint64_t *begin, uint64_t *end)
{
	struct region_range r;
	if (!regions_at(s->regions, region, &r))
		return false;
	*begin = r.end;
	*end = regions_at(s->regions, region + 1, &r) ? r.start : s->size;
	return true;
}

/* Says where bytes are that the header does not tell of. *some: there are. */
static int look_into_gaps(const struct import_source *s, bool *some)
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
int import_add_gaps(const struct import_source *s)
{
	char wanted[TENSORS_WORD_MAX];
	uint64_t begin, end;
	bool some;
	int status = look_into_gaps(s, &some);
	if (status || !some)
		return status;
	tensors_word(wanted, TENSORS_GAPS, s->number);
	const char *name = import_free_name(s, wanted);
	status = name ? build_add_model(s->b, name, strlen(name)) : report_no_memory();
	if (!status)
		status = import_add_pair(s, TENSORS_GAPS_KEY, name);
	for (uint32_t i = 0; !status && gap_behind(s, i, &begin, &end); i++)
		status = add_range(s, s->b->model_count - 1, begin, end);
	return status;
}

/* --- the file --- */

static const char *shown(struct span name)
{
	return printable_name(name.data, name.len);
}

int import_refuse(const struct import_source *s, const char *why)
{
	report("%s: not imported: %s", printable(s->name), why);
	return EXIT_FAILURE;
}

/* Only what export can make again is imported. */
static int check_regions(const struct import_source *s)
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

int import_read_regions(struct import_source *s)
{
	const char *why, *format = regions_format_of(s->fd, s->size);
	if (format && strcmp(format, "apbundle") == 0)
		return import_refuse(s, "a bundle (convert takes bundles)");
	/* the bytes of an archive's tensors are no ranges that export could put together again */
	if (!format || (strcmp(format, "safetensors") != 0 && strcmp(format, "gguf") != 0))
		return import_refuse(s, "no folder, and no whole safetensors or GGUF file");
	s->regions = regions_read_or_why(s->fd, s->size, &why);
	if (s->regions)
		return check_regions(s);
	report("%s: not imported: no whole %s file: %s", printable(s->name), format, why);
	return EXIT_FAILURE;
}

int import_source_open(struct import_source *s)
{
	struct stat st;
	s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return report_errno(s->name);
	s->size = (uint64_t)st.st_size;
	return EXIT_SUCCESS;
}

void import_source_close(struct import_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	regions_free(s->regions);
}
