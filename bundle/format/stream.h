/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the manifest's bytes through a window. Nothing is read past the manifest's end, and no allocation is
 * larger than the bytes that are left. */
#ifndef BUNDLE_FORMAT_STREAM_H
#define BUNDLE_FORMAT_STREAM_H

#include "bundle/io/file.h"

#define HEADER_BYTES 20

struct stream {
	struct file *file;
	unsigned char header[HEADER_BYTES]; /* of the file, before the manifest */
	uint64_t pos, end;                  /* file offsets: next byte to fetch, end of the manifest */
	size_t at, have;                    /* in the window */
	unsigned char window[64 << 10];
};

uint64_t stream_left(const struct stream *s);
uint64_t stream_pos(const struct stream *s); /* file offset of the next byte to take */

/* FORMAT past the manifest's end; IO, TRUNCATED. */
int stream_take(struct stream *s, void *out, size_t size);
int stream_skip(struct stream *s, uint64_t size);
int stream_u32(struct stream *s, uint32_t *v);
int stream_u64(struct stream *s, uint64_t *v);

/* A 4-byte length and that many bytes of UTF-8, as a new string with a zero byte at its end, which the caller
 * frees. `what` names it in error messages. FORMAT, MEMORY, IO, TRUNCATED. */
int stream_text(struct stream *s, const char *what, char **text, uint32_t *len);

/* A little-endian number of `bytes` bytes. The put functions return the position behind what they wrote. */
uint64_t get_number(const unsigned char *p, int bytes);
unsigned char *put_number(unsigned char *p, uint64_t v, int bytes);
unsigned char *put_text(unsigned char *p, const char *text, uint32_t len);

#endif
