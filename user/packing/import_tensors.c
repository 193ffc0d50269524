/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
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

static int add_regions(struct build *b, const struct regions *regions, const char *path, bool by_layer)
{
	struct layer_model *layers = NULL;
	struct region_range r;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; !status && regions_at(regions, i, &r); i++) {
		uint32_t model;
		if (r.start == 0)
			status = build_add_model(b, TENSORS_HEADER, strlen(TENSORS_HEADER));
		else if (!by_layer)
			status = build_add_model(b, r.name.data, r.name.len);
		model = b->model_count - 1;
		if (r.start > 0 && by_layer)
			status = find_layer(
				b, &layers, r.name.data, tensors_layer(r.name.data, r.name.len), &model);
		if (!status)
			status = build_add_part(b, model,
				(struct build_part){
					.path = path, .offset = r.start, .size = r.end - r.start });
	}
	free_layers(&layers);
	return status;
}

/* A truncated file could not be reassembled by export: refuse it. */
static int check_ends(const struct regions *regions, const char *path, uint64_t size)
{
	struct region_range r;
	for (uint32_t i = 0; regions_at(regions, i, &r); i++)
		if (r.end > size) {
			report("%s: tensor '%.*s' passes its end", printable(path),
				r.name.len < 200 ? (int)r.name.len : 200, r.name.data);
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}

/* Bytes between tensors are padding and not kept; warns if they are not zero. */
static void check_gaps(const struct regions *regions, int fd, const char *path, uint64_t size)
{
	struct region_range r;
	uint64_t end = 0;
	bool more = true;
	for (uint32_t i = 0; more; i++) {
		more = regions_at(regions, i, &r);
		uint64_t next = more ? r.start : size;
		if (next > end && file_zeros(fd, end, next) == 0)
			report("%s: bytes %llu to %llu are not told of in its header, and not zero: they are left out",
				printable(path), (unsigned long long)end, (unsigned long long)next);
		end = more ? r.end : size;
	}
}

static bool is_imported(const char *format)
{
	return strcmp(format, "safetensors") == 0 || strcmp(format, "gguf") == 0;
}

/* Returns NULL and reports if this is no whole safetensors or GGUF file. */
static struct regions *read_regions(int fd, const char *path, uint64_t size)
{
	struct regions *regions = regions_read(fd, size);
	if (regions && is_imported(regions_format(regions))) {
		if (check_ends(regions, path, size) == EXIT_SUCCESS)
			return regions;
	} else {
		report("%s: no folder, and no whole safetensors or little-endian GGUF file%s",
			printable(path), regions && strcmp(regions_format(regions), "apbundle") == 0 ? " (convert takes bundles)" : "");
	}
	regions_free(regions);
	return NULL;
}

int import_tensors(struct build *b, const char *path, bool by_layer, char text[32])
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int status = report_errno(path);
		if (fd >= 0)
			close(fd);
		return status;
	}
	struct regions *regions = read_regions(fd, path, (uint64_t)st.st_size);
	if (regions)
		check_gaps(regions, fd, path, (uint64_t)st.st_size);
	close(fd);
	if (!regions)
		return EXIT_FAILURE;
	snprintf(text, 32, "%llu", (unsigned long long)st.st_size);
	int status = add_regions(b, regions, path, by_layer);
	if (!status)
		status = build_add_pair(b, TENSORS_FORMAT_KEY, regions_format(regions)) ||
			 build_add_pair(b, TENSORS_SPLIT_KEY, by_layer ? "layer" : "tensor") ||
			 build_add_pair(b, TENSORS_SIZE_KEY, text);
	b->extended = true;
	regions_free(regions);
	return status;
}
