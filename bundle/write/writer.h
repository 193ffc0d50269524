/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside a writer. */
#ifndef BUNDLE_WRITE_WRITER_H
#define BUNDLE_WRITE_WRITER_H

#include "bundle/format/format.h"
#include "bundle/format/hash.h"
#include "bundle/format/pack.h"
#include "file.h"

struct pb_writer {
	bool dated, started; /* created_at is set; the manifest is written */
	struct manifest manifest;
	uint8_t alignment_log2; /* of models declared from now on */
	int level;
	uint64_t left;  /* bytes of all models still to come */
	uint32_t model; /* the current one: whose bytes come next */
	uint64_t model_left;
	struct hash *hash;     /* of the current model; NULL: no checksums */
	struct packer *packer; /* NULL: not compressed */
	struct page *page;     /* next entry of the page table */
	char *page_data;       /* the start of the current page */
	size_t page_used;
	struct new_file file; /* last: its buffer stays uninitialised */
};

/* --- writer_models.c, besides pb_writer_write --- */

/* After the last byte: completes the file's contents. INCOMPLETE, IO, MEMORY. */
int writer_finish(struct pb_writer *w);

#endif
