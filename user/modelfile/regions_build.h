/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects the regions of a file while its header is parsed. */
#ifndef USER_MODELFILE_REGIONS_BUILD_H
#define USER_MODELFILE_REGIONS_BUILD_H

#include "header.h"
#include "regions.h"

/* No more regions are kept of one file. */
#define REGIONS_MAX 1000000u

/* The size of a region that ends where the next one begins, or the file ends. */
#define REGION_TO_NEXT UINT64_MAX

/* A name that the regions keep. */
struct region_name {
	uint32_t at, len;
};

/* Regions of a file in this format, none so far; the name of the format must outlive them. NULL: no memory. Free
 * with regions_free(). */
struct regions *regions_create(const char *format);

/* Adds the header itself, from 0 to `size`; its name is "header" or "manifest". Sinks show it without an offset. False as
 * regions_add(). */
bool regions_add_header(struct regions *regions, const char *name, uint64_t size);

/* Adds a region, in any order, with a name that was kept. One of size 0 is left out. False if there are too many,
 * or no memory. */
bool regions_add(struct regions *regions, uint64_t start, uint64_t size, struct region_name name);

/* Says that the file is one of several of a model; copies the texts. False: no memory. */
bool regions_set_shard(struct regions *regions, const struct shard *shard);

/* Moves all regions added so far towards the file's end, for offsets that do not count from its start. */
void regions_shift(struct regions *regions, uint64_t by);

/* Keeps a name: the next `len` bytes of the header, or those at `bytes`. If that fails, regions_add() does too. */
struct region_name regions_take_name(struct regions *regions, struct header *h, uint64_t len);
struct region_name regions_keep_name(struct regions *regions, const char *bytes, size_t len);

/* Why regions_add() or regions_finish() failed, as a static text. */
const char *regions_why(const struct regions *regions);

/* Ends the building: sorts the regions, so that they can be looked up, and gives spare memory back. False if a name
 * could not be kept. */
bool regions_finish(struct regions *regions, uint64_t file_size);

#endif
