/* SPDX-License-Identifier: BSD-2-Clause */
/* The .apbundle format: its header and manifest, read and written. docs/apbundle.md is the reference. */
#ifndef BUNDLE_FORMAT_H
#define BUNDLE_FORMAT_H

#include "file.h"
#include "names.h"

#define HEADER_BYTES 20

struct model {
	struct name name; /* first: struct names finds it */
	uint64_t size;
	uint64_t offset; /* from the data offset */
	void *data;      /* in a bundle in memory: its bytes, owned */
};

struct manifest {
	uint32_t header_version, version;
	uint64_t created_at, data_offset;
	char *description; /* NULL: empty */
	uint32_t description_len;
	uint32_t count, capacity;
	struct model *models;
	struct names names;
};

/* Reads header and manifest. Memory is bounded by the file's size: no length is believed that passes
 * its end. Leaves an empty manifest after an error. */
int manifest_read(struct manifest *m, struct file *f);

/* Adds a model, or finds the one of that name; `*added` tells which. Errors: ARGUMENT, MEMORY. */
int manifest_add(struct manifest *m, const char *name, size_t len, uint32_t *index, bool *added);

struct model *manifest_find(const struct manifest *m, const char *name, size_t len);

int manifest_describe(struct manifest *m, const char *text, size_t len);

/* Gives each model its offset, one after another. ARGUMENT if the file would pass 2^63-1 bytes. */
int manifest_lay_out(struct manifest *m);

/* Header and manifest as they are in the file; the caller frees `*bytes`. ARGUMENT, MEMORY. */
int manifest_encode(const struct manifest *m, unsigned char **bytes, size_t *size);

void manifest_free(struct manifest *m);

/* Where a model begins in the file; UINT64_MAX if past 2^64-1. */
uint64_t manifest_file_offset(const struct manifest *m, const struct model *model);

void manifest_info(const struct manifest *m, struct pb_info *info, uint64_t file_size);
int manifest_model_at(const struct manifest *m, size_t index, struct pb_model *model);

#endif
