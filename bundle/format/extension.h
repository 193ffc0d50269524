/* SPDX-License-Identifier: BSD-2-Clause */
/* The extension: what a bundle says beyond the original format, in a block behind the manifest's list of
 * models, which readers of the original ignore. docs/apbundle.md is the reference. */
#ifndef BUNDLE_FORMAT_EXTENSION_H
#define BUNDLE_FORMAT_EXTENSION_H

#include "names.h"
#include "stream.h"

/* The manifest's version in a file with an extension: 1 plus a mark, so that the block cannot be hidden by
 * damage in a single place. */
#define EXTENDED_VERSION  0x45580001u
#define EXTENSION_VERSION 1

#define ALIGNMENT_LOG2_MAX 30
#define PAGE_BYTES_MIN     4096u
#define PAGE_BYTES_MAX     (1u << 20)

/* Metadata. */
struct pair {
	struct name key; /* first: struct names relies on it */
	struct name value;
};

struct component {
	struct name name; /* first: struct names relies on it */
	uint32_t *models; /* indexes, ascending */
	uint32_t count;
};

/* A compressed page in the file. */
struct page {
	uint64_t end; /* offset from the start of the model's first page */
	uint64_t checksum;
};

struct extension {
	uint32_t version; /* 0: no extension; neither 0 nor EXTENSION_VERSION: nothing else is set */
	bool checksums, aligned;
	struct pair *pairs;
	uint32_t pair_count;
	struct names keys;
	struct component *components;
	uint32_t component_count;
	struct names component_names;
	uint32_t page_bytes; /* 0: models are stored uncompressed */
	struct page *pages;  /* of all models, in order */
	uint64_t page_count;
};

struct manifest;

/* Reads what is left of the manifest. Trailing bytes that are no extension are ignored. FORMAT (damaged), IO,
 * TRUNCATED, MEMORY. */
int extension_read(struct manifest *m, struct stream *s);

/* Add a copy. `models` may be in any order and repeat. ARGUMENT (not UTF-8, no such model), EXISTS, MEMORY. */
int extension_add_pair(
	struct manifest *m, const char *key, size_t key_len, const char *value, size_t value_len);
int extension_add_component(
	struct manifest *m, const char *name, size_t len, const uint32_t *models, size_t count);

/* Allocates the page table and gives every model its place in it. ARGUMENT, MEMORY. */
int extension_make_pages(struct manifest *m);

/* Bytes in the file; 0 without an extension. */
uint64_t extension_size(const struct manifest *m);

/* Writes the block at `p` and returns its end. `file` is where the encoded header begins, in the same memory:
 * the block holds a checksum of all from there on. */
unsigned char *extension_put(const struct manifest *m, const unsigned char *file, unsigned char *p);

void extension_free(struct extension *x);

#endif
