/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats.h"

#include <fcntl.h>
#include <stdlib.h>

#include "regions_build.h"

struct model_format {
	const char *name;
	bool (*is)(const unsigned char start[HEADER_START], uint64_t file_size);
	bool (*parse)(struct header *h, struct regions *regions);
};

static const struct model_format formats[] = {
#define ROW(name) { #name, name##_is, name##_parse },
	MODEL_FORMATS(ROW)
#undef ROW
};

static const struct model_format *format_of(int fd, uint64_t size)
{
	unsigned char start[HEADER_START];
	if (!header_start(fd, start))
		return NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (formats[i].is(start, size))
			return &formats[i];
	return NULL;
}

const char *regions_format_of(int fd, uint64_t size)
{
	const struct model_format *format = format_of(fd, size);
	return format ? format->name : NULL;
}

static bool parse(const struct model_format *format, int fd, uint64_t size, struct regions *regions)
{
	struct header *h = malloc(sizeof(*h));
	if (!h)
		return false;
	header_open(h, fd, size);
	bool good = format->parse(h, regions) && !h->failed;
	free(h);
	return good && regions_finish(regions, size);
}

struct regions *regions_read(int fd, uint64_t size)
{
	/* read-ahead would bring pages into the page cache that the traced program did not ask for */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	const struct model_format *format = format_of(fd, size);
	struct regions *regions = format ? regions_create(format->name) : NULL;
	if (regions && !parse(format, fd, size, regions)) {
		regions_free(regions);
		return NULL;
	}
	return regions;
}
