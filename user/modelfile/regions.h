/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The named byte ranges of one file, as its own header tells them: the models of an .apbundle, the tensors of
 * a GGUF or safetensors file. Read once, then looked up in O(log n).
 */
#ifndef USER_MODELFILE_REGIONS_H
#define USER_MODELFILE_REGIONS_H

#include <stddef.h>

#include "user/event/event.h"

/* No more of a header is read, and no more regions are kept. */
#define REGIONS_HEADER_MAX (64u << 20)
#define REGIONS_MAX        1000000u

struct regions;

/* The regions of the file behind fd, which has `size` bytes; the format is told by the content. NULL: none of
 * the formats, damaged, past the bounds, or no memory. */
struct regions *regions_read(int fd, uint64_t size);
/* The name of the file's format, by its first bytes; NULL: none of these. */
const char *regions_format_of(int fd, uint64_t size);

void regions_free(struct regions *regions);

/* What it takes in memory. */
size_t regions_bytes(const struct regions *regions);

/* The regions that bytes [offset, offset + length) touch; of no bytes, the one that the offset lies in.
 * false: none. The names live as long as the regions. */
bool regions_find(const struct regions *regions, uint64_t offset, uint64_t length, struct place *place);

/* "apbundle", "gguf" or "safetensors". */
const char *regions_format(const struct regions *regions);

/* One after another, by where they start; what starts at 0 is the header. false: there are no more. */
struct region_range {
	uint64_t start, end;
	struct span name;
};
bool regions_at(const struct regions *regions, uint32_t index, struct region_range *range);

/* True if any of a place's names, those between the first and the last too, is one that `wanted` wants. The
 * file's own header has none. */
bool regions_any(const struct place *place, bool (*wanted)(void *ctx, struct span name), void *ctx);

#endif
