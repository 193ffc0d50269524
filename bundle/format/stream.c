/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "names.h"

uint64_t stream_left(const struct stream *s)
{
	return s->end - s->pos + (s->have - s->at);
}

uint64_t stream_pos(const struct stream *s)
{
	return s->end - stream_left(s);
}

static int too_early(const struct stream *s, uint64_t size)
{
	return fail(PB_ERR_FORMAT, "the manifest ends %" PRIu64 " bytes too early", size - stream_left(s));
}

int stream_take(struct stream *s, void *out, size_t size)
{
	if (size > stream_left(s))
		return too_early(s, size);
	for (char *to = out; size > 0;) {
		if (s->at == s->have) {
			uint64_t left = s->end - s->pos;
			size_t n = left < sizeof(s->window) ? (size_t)left : sizeof(s->window);
			int err = file_read(s->file, s->window, n, s->pos);
			if (err)
				return err;
			s->pos += n;
			s->at = 0;
			s->have = n;
		}
		size_t n = s->have - s->at < size ? s->have - s->at : size;
		memcpy(to, s->window + s->at, n);
		s->at += n;
		to += n;
		size -= n;
	}
	return PB_OK;
}

int stream_skip(struct stream *s, uint64_t size)
{
	if (size > stream_left(s))
		return too_early(s, size);
	size_t here = s->have - s->at;
	if (size <= here) {
		s->at += (size_t)size;
		return PB_OK;
	}
	s->pos += size - here;
	s->at = s->have = 0;
	return PB_OK;
}

uint64_t get_number(const unsigned char *p, int bytes)
{
	uint64_t v = 0;
	while (bytes-- > 0)
		v = v << 8 | p[bytes];
	return v;
}

unsigned char *put_number(unsigned char *p, uint64_t v, int bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		*p++ = (unsigned char)v;
	return p;
}

unsigned char *put_text(unsigned char *p, const char *text, uint32_t len)
{
	p = put_number(p, len, 4);
	if (len)
		memcpy(p, text, len);
	return p + len;
}

int stream_u32(struct stream *s, uint32_t *v)
{
	unsigned char b[4];
	int err = stream_take(s, b, sizeof(b));
	if (!err)
		*v = (uint32_t)get_number(b, 4);
	return err;
}

int stream_u64(struct stream *s, uint64_t *v)
{
	unsigned char b[8];
	int err = stream_take(s, b, sizeof(b));
	if (!err)
		*v = get_number(b, 8);
	return err;
}

int stream_text(struct stream *s, const char *what, char **text, uint32_t *len)
{
	int err = stream_u32(s, len);
	if (err)
		return err;
	if (*len > stream_left(s))
		return fail(PB_ERR_FORMAT, "%s of %u bytes, %" PRIu64 " left in the manifest", what, *len,
			stream_left(s));
	char *bytes = malloc((size_t)*len + 1);
	if (!bytes)
		return fail(PB_ERR_MEMORY, "%s of %u bytes", what, *len);
	err = stream_take(s, bytes, *len);
	if (!err && !utf8_valid(bytes, *len))
		err = fail(PB_ERR_FORMAT, "%s is not UTF-8", what);
	if (err) {
		free(bytes);
		return err;
	}
	bytes[*len] = '\0';
	*text = bytes;
	return PB_OK;
}
