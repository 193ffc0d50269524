/* SPDX-License-Identifier: BSD-2-Clause */
#include "external_data.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats.h"
#include "onnx_tensors.h"
#include "regions_build.h"
#include "regular_file.h"

struct outside {
	struct regions *regions;
	const char *location; /* of the file, relative to the model's folder */
	bool any;
};

static const char *without_dot(const char *location)
{
	while (strncmp(location, "./", 2) == 0)
		location += 2;
	return location;
}

static bool add_tensor(void *ctx, const struct onnx_tensor *tensor)
{
	struct outside *outside = ctx;
	if (!tensor->location.len || strcmp(without_dot(tensor->location.data), outside->location) != 0)
		return true;
	outside->any = true;
	return regions_add(outside->regions, tensor->start, tensor->size,
		regions_keep_name(outside->regions, tensor->name.data, tensor->name.len));
}

static bool parse(int fd, uint64_t model_size, uint64_t size, struct outside *outside)
{
	unsigned char start[HEADER_START];
	struct header *h = malloc(sizeof(*h));
	if (!h)
		return false;
	/* read-ahead would bring pages into the page cache that the traced program did not ask for */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	header_open(h, fd, model_size);
	bool good = header_start(fd, start) && onnx_is(start, model_size) &&
		    onnx_tensors(h, add_tensor, outside) && outside->any &&
		    regions_finish(outside->regions, size);
	free(h);
	return good;
}

struct regions *external_data_read(const char *path, uint64_t size, const char *model)
{
	struct stat st;
	const char *slash = strrchr(model, '/');
	size_t folder = slash ? (size_t)(slash - model) + 1 : 0;
	if (strncmp(path, model, folder) != 0 || strcmp(path, model) == 0)
		return NULL;
	int fd = regular_file_open(model, &st);
	if (fd < 0)
		return NULL;
	struct outside outside = { .regions = regions_create("onnx"), .location = path + folder };
	bool good = outside.regions && parse(fd, (uint64_t)st.st_size, size, &outside);
	close(fd);
	if (good)
		return outside.regions;
	regions_free(outside.regions);
	return NULL;
}

struct regions *external_data_guess(const char *path, uint64_t size)
{
	static const char *const ends[] = { ".data", "_data", ".bin", ".weights", ".weight" };
	size_t len = strlen(path);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t end = strlen(ends[i]);
		if (len <= end || strcmp(path + len - end, ends[i]) != 0)
			continue;
		int stem = (int)(len - end);
		bool whole = stem >= 5 && strncmp(path + stem - 5, ".onnx", 5) == 0;
		char *model = NULL;
		if (asprintf(&model, "%.*s%s", stem, path, whole ? "" : ".onnx") < 0)
			return NULL;
		struct regions *regions = external_data_read(path, size, model);
		free(model);
		return regions;
	}
	return NULL;
}
