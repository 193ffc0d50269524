/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that create, import and convert share: what the bundle says of itself and how it is laid out. */
#ifndef USER_PACKING_BUILD_OPTIONS_H
#define USER_PACKING_BUILD_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build_options {
	const char *description; /* NULL: not given; texts are argv's */
	bool dated, align, checksum, compress, dedup;
	uint64_t created_at; /* seconds since 1970, if dated */
	uint64_t alignment;  /* bytes, a power of two, if align */
	int level;           /* of zstd, if compress */
	char **metadata;     /* KEY=VALUE */
	char **components;   /* NAME=MODEL,... */
	size_t metadata_count, component_count;
};

/* A child parser; its input is a zeroed struct build_options. */
extern const struct argp build_options_argp;

/* Whether they need more than the original format has. */
bool build_options_extended(const struct build_options *o);

void build_options_free(struct build_options *o);

#endif
