/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside a writer. writer.c has the file: made, written, put into its place; writer_models.c has what goes
 * into it. */
#ifndef BUNDLE_WRITE_WRITER_H
#define BUNDLE_WRITE_WRITER_H

#include "bundle/base/error.h"
#include "bundle/format/format.h"
#include "bundle/format/hash.h"
#include "bundle/format/pack.h"

#define WRITER_BUFFER (256 << 10)

struct pb_writer {
	char *path;       /* of the final file, links followed */
	const char *base; /* its last component, in `path` */
	char temp[40];    /* name of the temporary file; empty: it has none */
	int dir, fd;
	bool dated, started;
	struct manifest manifest;
	uint8_t alignment_log2; /* of models declared from now on */
	int level;
	uint64_t left;     /* bytes of models still to come */
	uint64_t position; /* in the file, of what is written next */
	uint32_t model;    /* whose bytes come next */
	uint64_t model_left;
	struct hash *hash;     /* of that model; NULL: no checksums */
	struct packer *packer; /* NULL: not compressed */
	struct page *page;     /* the next one */
	char *page_data;       /* what there is of it */
	size_t page_used;
	size_t used; /* in the buffer */
	char buffer[WRITER_BUFFER];
};

/* Appends to the file. */
int writer_put(struct pb_writer *w, const void *data, size_t size);

/* When all models are written: header and manifest once more, with what was not known at the start. */
void writer_settle(struct pb_writer *w);

#endif
