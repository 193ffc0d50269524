/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "build.h"
#include "reports.h"

static int fail_part(const struct build_part *part, const char *why)
{
	report("%s: %s", printable(part->path), why);
	return EXIT_FAILURE;
}

int build_add_file(struct build *b, uint32_t model, const char *path, const struct stat *st)
{
	const struct build_part part = { .path = path, .size = (uint64_t)st->st_size, .whole = true };
	char byte;
	if (part.size > 0)
		return build_add_part(b, model, part);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, &byte, 1, 0);
	int status = n < 0 ? report_errno(path) : EXIT_SUCCESS;
	if (n > 0)
		status =
			fail_part(&part, "has bytes, although its size is 0 (copy it to another file first)");
	if (fd >= 0)
		close(fd);
	return status ? status : build_add_part(b, model, part);
}

void build_cursor_start(struct build_cursor *c, const struct build *b, uint32_t model)
{
	*c = (struct build_cursor){ b, b->models[model].part, b->models[model].parts, 0, -1 };
}

void build_cursor_end(struct build_cursor *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static int read_file(struct build_cursor *c, const struct build_part *part, char *data, size_t size)
{
	if (c->fd < 0)
		c->fd = open(part->path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0)
		return fail_part(part, strerror(errno));
	for (uint64_t offset = part->offset + c->at; size > 0;) {
		ssize_t n = pread(c->fd, data, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_part(part, n ? strerror(errno) : "its size changed while it was read");
		data += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return EXIT_SUCCESS;
}

static int read_bundle(const struct build_cursor *c, const struct build_part *part, char *data, size_t size)
{
	int err = pb_fetch_at(part->bundle, part->index, part->offset + c->at, size, data);
	return err ? report_bundle(part->path, err) : EXIT_SUCCESS;
}

/* A file that grew during the copy, or has more bytes than its size says, would give a model that is cut off. */
static int end_part(struct build_cursor *c, const struct build_part *part)
{
	char more;
	if (part->whole && c->fd >= 0 && pread(c->fd, &more, 1, (off_t)part->size) != 0)
		return fail_part(part, "its size changed while it was read");
	build_cursor_end(c);
	c->part++;
	c->parts_left--;
	c->at = 0;
	return EXIT_SUCCESS;
}

int build_cursor_read(struct build_cursor *c, char *data, size_t size)
{
	int status = EXIT_SUCCESS;
	while (!status && size > 0 && c->parts_left > 0) {
		const struct build_part *part = &c->build->parts[c->part];
		uint64_t left = part->size - c->at;
		size_t n = size < left ? size : (size_t)left;
		status = part->bundle ? read_bundle(c, part, data, n) : read_file(c, part, data, n);
		c->at += n;
		data += n;
		size -= n;
		if (!status && c->at == part->size)
			status = end_part(c, part);
	}
	return status;
}
