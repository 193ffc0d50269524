/* SPDX-License-Identifier: BSD-2-Clause */
/* The models' bytes, however the file stores them: plain, or in compressed pages. Models are named by their
 * index. Any thread; several at once. */
#ifndef BUNDLE_FORMAT_SOURCE_H
#define BUNDLE_FORMAT_SOURCE_H

#include "format.h"
#include "pack.h"

struct source {
	const struct manifest *manifest;
	struct file *file;
	bool verify;                      /* hold whole models against their checksums, where they have one */
	_Atomic(struct unpacker *) spare; /* kept to be used again */
};

void source_init(struct source *s, const struct manifest *manifest, struct file *file, bool verify);
void source_close(struct source *s); /* one that is all zero, too */

/* Bytes that the model takes in the file. */
uint64_t source_stored(const struct manifest *m, uint32_t model);

/* BOUNDS if the file cannot hold the model. */
int source_check_bounds(const struct source *s, uint32_t model);

/* Bytes [offset, offset + size) of a model. The checksums of the pages that they touch are always checked.
 * BOUNDS, TRUNCATED, IO, DAMAGED, MEMORY. */
int source_read(struct source *s, uint32_t model, void *data, uint64_t offset, size_t size);

/* A whole model against its checksum, if it has one and that is wanted: DAMAGED. */
int source_verify(const struct source *s, uint32_t model, const void *data);

/* Both. */
int source_read_whole(struct source *s, uint32_t model, void *data);

#endif
