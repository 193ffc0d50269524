/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bundle being put together, for create, import and convert. A model is a list of parts: ranges of files, or models of
 * another bundle. Bytes are read only when the bundle is written. Functions return EXIT_SUCCESS, or a failure status
 * and report.
 */
#ifndef USER_PACKING_BUILD_H
#define USER_PACKING_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "bundle/pagedbundle.h"
#include "build_options.h"

struct build_part {
	uint32_t model, seq;     /* seq: position among all parts */
	const char *path;        /* of the file, or of the bundle; kept by the caller */
	struct pb_paged *bundle; /* not NULL: the part is from model `index` of this */
	size_t index;
	uint64_t offset, size; /* bytes */
	bool whole;            /* all of the file: fail if its size changes during the copy */
};

struct build_model {
	char *name;
	size_t name_len;
	uint64_t size;        /* sum of its parts */
	uint32_t part, parts; /* index of the first, and their number */
	uint32_t twin;        /* 1 + index of an earlier model with the same bytes; 0: none */
	bool has_checksum;    /* the source bundle has one, which the copy must match */
	uint64_t checksum;
};

struct build_pair {
	const char *key, *value;
	size_t key_len, value_len;
};

struct build {
	const char *command, *out;
	const struct stat *input; /* the file that `out` must not name; NULL: any */
	bool over_input;          /* it may replace it after all, but not as a stream */
	const struct build_options *options;
	bool extended; /* writes an extension */
	bool dated;
	uint64_t created_at;
	const char *description;
	size_t description_len;
	struct build_model *models;
	struct build_part *parts;
	uint32_t model_count, model_room, part_count, part_room;
	struct build_pair *pairs; /* metadata; options replace equal keys */
	size_t pair_count;
	const struct pb_paged
		*like; /* source of metadata and components, or NULL; then the models are its models, in its
				       order */
};

/* Appends a model without parts; copies the name. */
int build_add_model(struct build *b, const char *name, size_t len);
/* Appends to a model. */
int build_add_part(struct build *b, uint32_t model, struct build_part part);
/* Appends the whole of a regular file, `st`. One that has bytes although its size is 0, as in /proc, is refused. */
int build_add_file(struct build *b, uint32_t model, const char *path, const struct stat *st);
/* Metadata; key and value are kept by the caller. */
int build_add_pair(struct build *b, const char *key, const char *value);
/* Writes the bundle to `out`, which appears, or is replaced, whole. Call once. */
int build_write(struct build *b);
void build_free(struct build *b);

/* --- for the files build_*.c alone --- */

/* Passes the manifest to the writer. */
int build_declare(struct pb_writer *w, const struct build *b);

/* Reads the bytes of a model in order. */
struct build_cursor {
	const struct build *build;
	uint32_t part, parts_left;
	uint64_t at; /* offset in the part */
	int fd;
};
void build_cursor_start(struct build_cursor *c, const struct build *b, uint32_t model);
/* Reads exactly `size` bytes. */
int build_cursor_read(struct build_cursor *c, char *data, size_t size);
void build_cursor_end(struct build_cursor *c);

/* Sets `twin`: of models that share a range in their bundle, and with --dedup of all with equal bytes. */
int build_find_twins(struct build *b);

#endif
