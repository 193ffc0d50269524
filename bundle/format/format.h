/* SPDX-License-Identifier: BSD-2-Clause */
/* The .apbundle format: its header and manifest, read and written. docs/apbundle.md is the reference. */
#ifndef BUNDLE_FORMAT_FORMAT_H
#define BUNDLE_FORMAT_FORMAT_H

#include "extension.h"
#include "bundle/io/file.h"
#include "names.h"

struct model {
	struct name name; /* first: struct names finds it */
	uint64_t size;
	uint64_t offset; /* from the data offset */
	void *data;      /* in a bundle in memory: its bytes, owned unless it is a twin */
	uint64_t checksum, first_page;
	/* the model before it, counted from 1, whose bytes are its own too; 0: it has its own. Known where it
	 * is written, and in memory. */
	uint32_t twin;
	uint8_t alignment_log2;
};

struct manifest {
	uint32_t header_version, version;
	uint64_t created_at, data_offset;
	char *description; /* NULL: empty */
	uint32_t description_len;
	uint32_t count, capacity;
	struct model *models;
	struct names names;
	bool compressed; /* as the file's first bytes say */
	struct extension extension;
};

/* Reads header and manifest. Memory is bounded by the file's size: no length is believed that passes
 * its end. Leaves an empty manifest after an error. */
int manifest_read(struct manifest *m, struct file *f);

/* Adds a model, or finds the one of that name; `*added` tells which. Errors: ARGUMENT, MEMORY. */
int manifest_add(struct manifest *m, const char *name, size_t len, uint32_t *index, bool *added);

struct model *manifest_find(const struct manifest *m, const char *name, size_t len);

int manifest_describe(struct manifest *m, const char *text, size_t len);

/* Gives each model its offset, one after another; compressed ones get theirs when they are written. ARGUMENT
 * if the file would pass 2^63-1 bytes. */
int manifest_lay_out(struct manifest *m);

/* Header and manifest as they are in the file; the caller frees `*bytes`. ARGUMENT, MEMORY. */
int manifest_encode(const struct manifest *m, unsigned char **bytes, size_t *size);

/* The first offset from `offset` on where the model may begin. */
uint64_t manifest_aligned(const struct manifest *m, const struct model *model, uint64_t offset);

void manifest_free(struct manifest *m);

/* Where a model begins in the file; UINT64_MAX if past 2^64-1. */
uint64_t manifest_file_offset(const struct manifest *m, const struct model *model);

void manifest_info(const struct manifest *m, struct pb_info *info, uint64_t file_size);
int manifest_model_at(const struct manifest *m, size_t index, struct pb_model *model);

#endif
