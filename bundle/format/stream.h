/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest's bytes, read through a window: no more is taken than its length says, and nothing is
 * allocated that is longer than what is left. */
#ifndef BUNDLE_FORMAT_STREAM_H
#define BUNDLE_FORMAT_STREAM_H

#include "bundle/io/file.h"

#define HEADER_BYTES 20

struct stream {
	struct file *file;
	unsigned char header[HEADER_BYTES]; /* of the file, before the manifest */
	uint64_t pos, end;                  /* in the file: next byte to fetch, end of the manifest */
	size_t at, have;                    /* in the window */
	unsigned char window[64 << 10];
};

uint64_t stream_left(const struct stream *s);
uint64_t stream_pos(const struct stream *s); /* in the file: the next byte to take */

/* FORMAT past the manifest's end; IO, TRUNCATED. */
int stream_take(struct stream *s, void *out, size_t size);
int stream_skip(struct stream *s, uint64_t size);
int stream_u32(struct stream *s, uint32_t *v);
int stream_u64(struct stream *s, uint64_t *v);

/* A length and that many bytes of UTF-8, into fresh memory, closed by a zero byte. */
int stream_text(struct stream *s, const char *what, char **text, uint32_t *len);

/* A little-endian number of so many bytes, and the way back: returns what is behind it. */
uint64_t get_number(const unsigned char *p, int bytes);
unsigned char *put_number(unsigned char *p, uint64_t v, int bytes);
unsigned char *put_text(unsigned char *p, const char *text, uint32_t len);

#endif
