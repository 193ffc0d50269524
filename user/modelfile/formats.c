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

static const char *why_not(const struct header *h, const struct regions *regions)
{
	if (h->why)
		return h->why;
	if (h->failed)
		return h->end < h->file_size ? "its header is longer than 100000000 bytes"
					     : "its header ends too early";
	return regions_why(regions);
}

static bool parse(
	const struct model_format *format, int fd, uint64_t size, struct regions *regions, const char **why)
{
	struct header *h = malloc(sizeof(*h));
	*why = "out of memory";
	if (!h)
		return false;
	header_open(h, fd, size);
	bool good = format->parse(h, regions) && !h->failed && regions_finish(regions, size);
	*why = good ? NULL : why_not(h, regions);
	free(h);
	return good;
}

struct regions *regions_read_or_why(int fd, uint64_t size, const char **why)
{
	/* read-ahead would bring pages into the page cache that the traced program did not ask for */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	const struct model_format *format = format_of(fd, size);
	struct regions *regions = format ? regions_create(format->name) : NULL;
	*why = format ? "out of memory" : "of no known format";
	if (regions && !parse(format, fd, size, regions, why)) {
		regions_free(regions);
		return NULL;
	}
	return regions;
}

struct regions *regions_read(int fd, uint64_t size)
{
	const char *why;
	return regions_read_or_why(fd, size, &why);
}
