/* SPDX-License-Identifier: BSD-2-Clause */
#include "header.h"

#include <string.h>

#include "user/base/quiet_read.h"

void header_open(struct header *h, int fd, uint64_t size)
{
	h->fd = fd;
	h->failed = h->big = false;
	h->why = NULL;
	h->file_size = size;
	h->fetched = 0;
	h->end = size < HEADER_MAX ? size : HEADER_MAX;
	h->at = h->have = 0;
	h->jumps = 0;
}

bool header_start(int fd, unsigned char start[HEADER_START])
{
	memset(start, 0, HEADER_START);
	return quiet_read(fd, start, HEADER_START, 0) > 0;
}

uint64_t header_pos(const struct header *h)
{
	return h->fetched - (h->have - h->at);
}

uint64_t header_left(const struct header *h)
{
	return h->failed ? 0 : h->end - header_pos(h);
}

/* Fills the empty window with the file's next bytes. */
static void refill(struct header *h)
{
	uint64_t left = h->end - h->fetched;
	size_t want = left < sizeof(h->window) ? (size_t)left : sizeof(h->window);
	ssize_t got = quiet_read(h->fd, h->window, want, h->fetched);
	h->at = h->have = 0;
	if (got <= 0) {
		h->failed = true;
		return;
	}
	h->have = (size_t)got;
	h->fetched += (uint64_t)got;
}

void header_take(struct header *h, void *out, size_t size)
{
	char *to = out;
	if (size > header_left(h))
		h->failed = true;
	while (size > 0 && !h->failed) {
		if (h->at == h->have) {
			refill(h);
			continue;
		}
		size_t n = h->have - h->at < size ? h->have - h->at : size;
		memcpy(to, h->window + h->at, n);
		h->at += n;
		to += n;
		size -= n;
	}
	if (size > 0)
		memset(to, 0, size);
}

void header_skip(struct header *h, uint64_t size)
{
	if (size > header_left(h)) {
		h->failed = true;
		return;
	}
	size_t here = h->have - h->at;
	if (size <= here) {
		h->at += size;
		return;
	}
	h->fetched += size - here;
	h->at = h->have = 0;
}

void header_jump(struct header *h, uint64_t size)
{
	if (h->jumps++ == HEADER_JUMPS)
		header_refuse(h, "its header is spread over too many places");
	else if (size > h->file_size - h->end)
		h->end = h->file_size;
	else
		h->end += size;
	header_skip(h, size);
}

static uint64_t number(struct header *h, size_t size)
{
	unsigned char bytes[8];
	uint64_t v = 0;
	header_take(h, bytes, size);
	for (size_t i = 0; i < size; i++)
		v = v << 8 | bytes[h->big ? i : size - 1 - i];
	return v;
}

uint32_t header_u32(struct header *h)
{
	return (uint32_t)number(h, 4);
}

uint64_t header_u64(struct header *h)
{
	return number(h, 8);
}

bool header_refuse(struct header *h, const char *why)
{
	if (!h->failed)
		h->why = why;
	h->failed = true;
	return false;
}
