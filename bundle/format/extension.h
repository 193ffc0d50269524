/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bundle says beyond the original format: a block behind the manifest's list of models, which the
 * original ignores. docs/apbundle.md is the reference. */
#ifndef BUNDLE_FORMAT_EXTENSION_H
#define BUNDLE_FORMAT_EXTENSION_H

#include "names.h"
#include "stream.h"

/* The manifest's version in a file with an extension: 1 with a mark, so that no single damage hides the
 * block. */
#define EXTENDED_VERSION  0x45580001u
#define EXTENSION_VERSION 1

#define ALIGNMENT_LOG2_MAX 30
#define PAGE_BYTES_MIN     4096u
#define PAGE_BYTES_MAX     (1u << 20)

struct pair {
	struct name key; /* first: struct names finds it */
	struct name value;
};

struct component {
	struct name name;
	uint32_t *models; /* indexes, ascending */
	uint32_t count;
};

/* A page as it is stored. */
struct page {
	uint64_t end; /* from where the model's first page begins */
	uint64_t checksum;
};

struct extension {
	uint32_t version; /* 0: there is none; unknown: nothing else is set */
	bool checksums, aligned;
	struct pair *pairs;
	uint32_t pair_count;
	struct names keys;
	struct component *components;
	uint32_t component_count;
	struct names component_names;
	uint32_t page_bytes; /* 0: models are stored as they are */
	struct page *pages;  /* of all models, in order */
	uint64_t page_count;
};

struct manifest;

/* Reads what is left of the manifest. Surplus that is no extension is none; one that is damaged is FORMAT. */
int extension_read(struct manifest *m, struct stream *s);

/* Adds; ARGUMENT (not UTF-8, no such model), EXISTS, MEMORY. `models` are sorted and made unique. */
int extension_add_pair(
	struct manifest *m, const char *key, size_t key_len, const char *value, size_t value_len);
int extension_add_component(
	struct manifest *m, const char *name, size_t len, const uint32_t *models, size_t count);

/* Gives every model its place among the pages, from its size. ARGUMENT, MEMORY. */
int extension_make_pages(struct manifest *m);

/* Bytes in the file; 0 without an extension. extension_put returns what is behind them; `file` is where
 * header and manifest begin, in memory: their checksum is in the block too. */
uint64_t extension_size(const struct manifest *m);
unsigned char *extension_put(const struct manifest *m, const unsigned char *file, unsigned char *p);

void extension_free(struct extension *x);

#endif
