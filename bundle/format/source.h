/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads models by index, from plain bundles and from compressed ones. Thread-safe. */
#ifndef BUNDLE_FORMAT_SOURCE_H
#define BUNDLE_FORMAT_SOURCE_H

#include "format.h"
#include "pack.h"

struct source {
	const struct manifest *manifest;
	struct file *file;
	bool verify;                      /* check whole models against their checksums */
	_Atomic(struct unpacker *) spare; /* one is kept for the next read */
};

/* `manifest` and `file` must outlive the source. */
void source_init(struct source *s, const struct manifest *manifest, struct file *file, bool verify);
void source_close(struct source *s); /* one that is all zero is fine */

/* Bytes that the model takes in the file. */
uint64_t source_stored(const struct manifest *m, uint32_t model);

/* BOUNDS if the file cannot hold the model. */
int source_check_bounds(const struct source *s, uint32_t model);

/* Reads [offset, offset + size) of a model. Checksums of compressed pages are always checked. ARGUMENT (past
 * the model's end), BOUNDS, TRUNCATED, IO, DAMAGED, MEMORY. */
int source_read(struct source *s, uint32_t model, void *data, uint64_t offset, size_t size);

/* With `verify`, checks a whole model against its checksum, if it has one: DAMAGED. */
int source_compare(const struct source *s, uint32_t model, const void *data);
static inline int source_verify(const struct source *s, uint32_t model, const void *data)
{
	return s->verify ? source_compare(s, model, data) : PB_OK;
}

/* The same for a model that is used where the file is mapped: it is read from the file, since touching a mapping of a
 * file that became shorter would end the process. TRUNCATED, IO, MEMORY too. */
int source_compare_file(const struct source *s, uint32_t model);

/* source_read of a whole model, then source_verify. */
int source_read_whole(struct source *s, uint32_t model, void *data);

#endif
