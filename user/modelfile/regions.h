/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The named byte ranges of one file, as its own header lists them: the models of an .apbundle, the tensors of
 * another format. formats.h reads them; here they are looked up, in O(log n).
 */
#ifndef USER_MODELFILE_REGIONS_H
#define USER_MODELFILE_REGIONS_H

#include <stddef.h>

#include "user/event/event.h"

struct regions;

/* Takes NULL too. */
void regions_free(struct regions *regions);

/* The memory that they take, in bytes. */
size_t regions_bytes(const struct regions *regions);

/* The regions that bytes [offset, offset + length) touch; for length 0, the one that the offset lies in. False if
 * there is none. The place's names belong to the regions. */
bool regions_find(const struct regions *regions, uint64_t offset, uint64_t length, struct place *place);

/* The name of the file's format (formats.h): "gguf". NULL: unknown, from an older recording. */
const char *regions_format(const struct regions *regions);

/* One of several files that have the tensors of one model (shards.h). */
struct shard {
	struct span model; /* path of the model: what its files have in common; data NULL: not known */
	uint32_t number;   /* from 0 */
	uint32_t count;    /* the model's files; 0: not known */
	uint32_t missing;  /* of them: not in their folder */
	uint32_t tensors;  /* of all of them, as they say; 0: not said */
	struct span fault; /* what is wrong with the model; data NULL: nothing that was seen */
};

/* Of which model the file is a part; NULL: it is a whole one, or not known to be a part. */
const struct shard *regions_shard(const struct regions *regions);

/* How many tensors or models the file's header lists, those without bytes included. */
uint32_t regions_listed(const struct regions *regions);

/* What a header says that cannot be true of its file. Lookups are none the less well-defined: overlapping bytes belong
 * to the region that begins last. */
enum regions_fault {
	REGIONS_SOUND,
	REGIONS_OVERLAP, /* two regions share bytes */
	REGIONS_BEYOND,  /* a region passes the file's end */
};

/* The first fault, and the names of the region, and of the one that it overlaps; they belong to the regions. */
enum regions_fault regions_fault(const struct regions *regions, struct span *name, struct span *other);

/* The region at `index`, ordered by start; a header, which some files have, is the first. False if there are no
 * more. The name belongs to the regions. */
struct region_range {
	uint64_t start, end;
	struct span name;
};
bool regions_at(const struct regions *regions, uint32_t index, struct region_range *range);

/* True if `wanted` returns true for any name of a place, from its first to its last. The file's own header is left
 * out. */
bool regions_any(const struct place *place, bool (*wanted)(void *ctx, struct span name), void *ctx);

#endif
