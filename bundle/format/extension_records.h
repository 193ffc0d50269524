/* SPDX-License-Identifier: BSD-2-Clause */
/* The extension's block as it is in the file, and what its reader and its builder share. */
#ifndef BUNDLE_FORMAT_EXTENSION_RECORDS_H
#define BUNDLE_FORMAT_EXTENSION_RECORDS_H

#include "extension.h"

#define MARK_BYTES       8
#define EXTENSION_START  "APBXTEND"
#define EXTENSION_END    "APBX-END"
#define BLOCK_HEAD_BYTES (MARK_BYTES + 4 + 4 + 8) /* mark, version, number of records, length of the block */
#define BLOCK_TAIL_BYTES (8 + MARK_BYTES)         /* checksum of all before it, mark */

#define RECORD_HEAD_BYTES 12 /* kind, length of what follows */
enum record {
	RECORD_PAIR = 1,
	RECORD_COMPONENT = 2,
	RECORD_CHECKSUMS = 3,
	RECORD_ALIGNMENTS = 4,
	RECORD_PAGES = 5,
};

#define CHECKSUM_XXH3     1u
#define COMPRESSION_ZSTD  1u
#define PAGES_HEAD_BYTES  8  /* method, bytes of a page */
#define PAGE_RECORD_BYTES 12 /* stored bytes, their checksum */

/* Add an item, and take ownership of what it points to, even on error. EXISTS, MEMORY. */
int extension_enter_pair(struct extension *x, struct pair *pair);
int extension_enter_component(struct extension *x, struct component *component);

/* Gives every model its first page. FORMAT if there are more than `most` pages. */
int extension_count_pages(struct manifest *m, uint64_t most);

#endif
