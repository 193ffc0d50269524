/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parsers of headers share: a bounded reader of the file, and where the regions go. */
#ifndef USER_MODELFILE_REGIONS_PARSE_H
#define USER_MODELFILE_REGIONS_PARSE_H

#include "regions.h"

#define HEADER_WINDOW (16u << 10)

/* Reads forwards. The first failure (the file's end, REGIONS_HEADER_MAX, an error) sticks: everything read
 * after it is zero, and `failed` is looked at where it matters. All numbers are little-endian. */
struct header {
	int fd;
	bool failed;
	uint64_t file_size;
	uint64_t fetched, end; /* in the file: next byte to fetch, what must not be passed */
	size_t at, have;       /* in the window */
	unsigned char window[HEADER_WINDOW];
};

void header_take(struct header *h, void *out, size_t size);
void header_skip(struct header *h, uint64_t size);
uint32_t header_u32(struct header *h);
uint64_t header_u64(struct header *h);
uint64_t header_pos(const struct header *h);  /* in the file */
uint64_t header_left(const struct header *h); /* what may still be read */

/* One file format. */
struct region_format {
	const char *name;
	/* From the file's first bytes (zeros where it has fewer). */
	bool (*is)(const unsigned char start[16], uint64_t file_size);
	/* From the beginning again. false: damaged, or no memory. */
	bool (*parse)(struct header *h, struct regions *regions);
};

extern const struct region_format regions_apbundle, regions_gguf, regions_safetensors;

/* A name that regions keep. */
struct region_name {
	uint32_t at, len;
};

/* The size of a region that ends where the next begins, or the file ends. */
#define REGION_TO_NEXT UINT64_MAX

/* The header itself: from 0 to `size`. Sinks show it without an offset. */
bool regions_add_header(struct regions *regions, const char *name, uint64_t size);

/* A region, in any order, with a name that was kept. One without bytes is nothing. false: too many, or no
 * memory. */
bool regions_add(struct regions *regions, uint64_t start, uint64_t size, struct region_name name);

/* Adds to the start of all regions so far: their offsets were from there. */
void regions_shift(struct regions *regions, uint64_t by);

/* Keeps a name: the next `len` bytes of the header, or those at `bytes`. A failure is found by
 * regions_add(). */
struct region_name regions_take_name(struct regions *regions, struct header *h, uint64_t len);
struct region_name regions_keep_name(struct regions *regions, const char *bytes, size_t len);

#endif
