/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in trace files: unsigned LEB128; a difference has its sign in the lowest bit (zigzag). */
#ifndef USER_RECORD_LEB128_H
#define USER_RECORD_LEB128_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The most bytes of one number. */
#define NUMBER_BYTES_MAX 10

/* The put_ functions write without a check for room, and return where they ended. */
static inline char *put_number(char *at, uint64_t v)
{
	while (v >= 0x80) {
		*at++ = (char)(v | 0x80);
		v >>= 7;
	}
	*at++ = (char)v;
	return at;
}

static inline char *put_difference(char *at, uint64_t v, uint64_t before)
{
	int64_t d = (int64_t)(v - before);
	return put_number(at, (uint64_t)d << 1 ^ (uint64_t)(d >> 63));
}

/* The bytes to decode. After an error, `bad` or `more` stays set; what is read from then on has no
 * meaning. */
struct source {
	const unsigned char *at, *end;
	bool more; /* the data ends inside of the record */
	bool bad;  /* the data is damaged */
};

static inline uint64_t get_number(struct source *in)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (in->at == in->end) {
			in->more = true;
			return 0;
		}
		uint64_t byte = *in->at++;
		if (shift == 63 && byte > 1)
			break;
		v |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	in->bad = true;
	return 0;
}

static inline uint64_t get_difference(struct source *in, uint64_t before)
{
	uint64_t v = get_number(in);
	return before + (v >> 1 ^ -(v & 1));
}

static inline void get_bytes(struct source *in, void *to, size_t len)
{
	if ((size_t)(in->end - in->at) < len) {
		in->more = true;
		memset(to, 0, len);
		return;
	}
	memcpy(to, in->at, len);
	in->at += len;
}

#endif
