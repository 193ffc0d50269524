/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a file's header forwards, from its first byte on and through a small window. Numbers are little-endian
 * unless `big` is set. The first failure (the file's end, HEADER_MAX, an error) is permanent: everything read after it
 * is zero, so that a parser needs to check `failed` only where a zero would mislead it.
 */
#ifndef USER_MODELFILE_HEADER_H
#define USER_MODELFILE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADER_MAX    100000008u /* bytes of a file that may be read: what safetensors permits */
#define HEADER_WINDOW (16u << 10)
#define HEADER_JUMPS  100000u
#define HEADER_START  320 /* bytes by which a format is recognized: a zip archive by its first entry's name */

struct header {
	int fd;
	bool failed;
	bool big; /* numbers are big-endian */
	const char
		*why; /* of a failure that the parser has found; NULL: it ended too early, or was too long */
	uint64_t file_size;
	uint64_t fetched; /* offset in the file of the next byte to fetch */
	uint64_t end;     /* offset in the file up to which may be read */
	size_t at, have;  /* in the window */
	uint32_t jumps;
	unsigned char window[HEADER_WINDOW];
};

/* Starts at the first byte of a file of `size` bytes. `fd` stays the caller's. */
void header_open(struct header *h, int fd, uint64_t size);

/* The file's first bytes, zeros where it has fewer. False if it is empty or cannot be read. */
bool header_start(int fd, unsigned char start[HEADER_START]);

/* Copies the next `size` bytes to `out`; zeros from the failure on. */
void header_take(struct header *h, void *out, size_t size);
void header_skip(struct header *h, uint64_t size);

/* Passes over bytes that are not part of the header: unlike those of header_skip(), they do not count for HEADER_MAX. At
 * most HEADER_JUMPS times. */
void header_jump(struct header *h, uint64_t size);
uint32_t header_u32(struct header *h);
uint64_t header_u64(struct header *h);

/* Makes the reader fail, for a reason that is a static text, unless it has failed already. Returns false. */
bool header_refuse(struct header *h, const char *why);

/* The offset in the file of the next byte. */
uint64_t header_pos(const struct header *h);

/* How many bytes may still be read; 0 after a failure. */
uint64_t header_left(const struct header *h);

#endif
