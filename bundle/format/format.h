/* SPDX-License-Identifier: BSD-2-Clause */
/* The .apbundle format: header and manifest, read and written. docs/apbundle.md is the reference. */
#ifndef BUNDLE_FORMAT_FORMAT_H
#define BUNDLE_FORMAT_FORMAT_H

#include "bundle/io/file.h"
#include "extension.h"
#include "names.h"

struct model {
	struct name name; /* first: struct names relies on it */
	uint64_t size;
	uint64_t offset; /* from the data offset */
	void *data;      /* in a bundle in memory: its bytes, owned unless it is a twin */
	uint64_t checksum, first_page;
	/* 1 + index of an earlier model that has the same bytes; 0: none. Only while writing, and in a bundle
	 * in memory. */
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
	bool compressed; /* from the file's first bytes */
	struct extension extension;
};

/* Reads header and manifest. Memory is bounded by the file's size: a length that passes the end is an error.
 * After an error the manifest is empty. NOT_BUNDLE, FORMAT, TRUNCATED, IO, MEMORY. */
int manifest_read(struct manifest *m, struct file *f);

/* Adds a model with a copy of the name, or finds the one of that name (*added false). ARGUMENT (not UTF-8, too
 * long), MEMORY. */
int manifest_add(struct manifest *m, const char *name, size_t len, uint32_t *index, bool *added);

/* NULL: there is none. */
struct model *manifest_find(const struct manifest *m, const char *name, size_t len);

/* Sets the description to a copy of `text`. ARGUMENT (not UTF-8, too long), MEMORY. */
int manifest_describe(struct manifest *m, const char *text, size_t len);

/* Gives each model its offset, one after another; in a compressed bundle they are provisional until each
 * model is written. ARGUMENT (the file would pass 2^63-1 bytes), MEMORY. */
int manifest_lay_out(struct manifest *m);

/* Header and manifest as they are in the file; the caller frees *bytes. MEMORY. */
int manifest_encode(const struct manifest *m, unsigned char **bytes, size_t *size);

/* Frees all of it, data of models included, and leaves an empty manifest. */
void manifest_free(struct manifest *m);

/* For pb_info_get and pb_model_at. */
void manifest_info(const struct manifest *m, struct pb_info *info, uint64_t file_size);
int manifest_model_at(const struct manifest *m, size_t index, struct pb_model *model); /* NOT_FOUND */

#endif
