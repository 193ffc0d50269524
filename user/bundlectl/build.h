/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bundle that is being put together: what create, import and convert have in common. Models are lists of
 * parts, which are ranges of files or of another bundle's models, and are streamed when it is written.
 */
#ifndef USER_BUNDLECTL_BUILD_H
#define USER_BUNDLECTL_BUILD_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"

/* From the command line; build_argp fills it in as a child. */
struct build_options {
	const char *description;
	bool dated, align, checksum, compress, dedup;
	uint64_t created_at, alignment;
	int level;
	char **metadata, **components; /* KEY=VALUE, NAME=MODEL,... */
	size_t metadata_count, component_count;
};
extern const struct argp build_argp;
void build_options_free(struct build_options *o);
/* Whether it takes more than the original format has. */
bool build_extended(const struct build_options *o);

struct build_part {
	uint32_t model, seq;     /* seq: its place among all parts */
	const char *path;        /* of the file; kept by the caller */
	struct pb_paged *bundle; /* or: model `index` of this */
	size_t index;
	uint64_t offset, size;
	bool whole; /* the whole file, whose size must not change */
};

struct build_model {
	char *name;
	size_t name_len;
	uint64_t size;        /* of its parts */
	uint32_t part, parts; /* its first one, and how many */
	uint32_t twin;        /* the model before it, counted from 1, that has the same bytes; 0: none */
	bool has_checksum;    /* what it must have, as its bundle says */
	uint64_t checksum;
};

struct build_pair {
	const char *key, *value;
	size_t key_len, value_len;
};

struct build {
	const char *command, *out;
	const struct build_options *options;
	bool extended; /* beyond the original format */
	bool dated;
	uint64_t created_at;
	const char *description;
	size_t description_len;
	struct build_model *models;
	struct build_part *parts;
	uint32_t model_count, model_room, part_count, part_room;
	struct build_pair *pairs; /* before those of the options */
	size_t pair_count;
	const struct pb_paged *like; /* its components are taken over; its models come first, in its order */
};

/* EXIT_SUCCESS, or EXIT_FAILURE and reported. */
int build_add_model(struct build *b, const char *name, size_t len); /* it is the last one */
int build_add_part(struct build *b, uint32_t model, struct build_part part);
int build_add_pair(struct build *b, const char *key, const char *value); /* kept by the caller */
int build_write(struct build *b);
void build_free(struct build *b);

/* --- inside --- */

/* Reads a model from its beginning. */
struct build_cursor {
	const struct build *build;
	uint32_t part, parts_left;
	uint64_t at; /* in the part */
	int fd;
};
void build_cursor_start(struct build_cursor *c, const struct build *b, uint32_t model);
/* Exactly that many bytes. EXIT_SUCCESS, or EXIT_FAILURE and reported. */
int build_cursor_read(struct build_cursor *c, char *data, size_t size);
void build_cursor_end(struct build_cursor *c);

/* Finds models with the same bytes: those of one range in a bundle, and with --dedup all. */
int build_find_twins(struct build *b);

#endif
