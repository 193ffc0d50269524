/* SPDX-License-Identifier: BSD-2-Clause */
#include "build_options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "bundle/pagedbundle.h"
#include "user/base/numbers.h"
#include "user/base/report.h"

enum { KEY_META = 256, KEY_COMPONENT, KEY_DEDUP };

static const struct argp_option table[] = {
	{ "description", 'd', "TEXT", 0, "Text that the bundle carries", 0 },
	{ "created-at", 't', "SECONDS", 0,
		"Time of creation since 1970, for reproducible files (default: now)", 0 },
	{ "align", 'a', "BYTES", OPTION_ARG_OPTIONAL,
		"Begin each model at a multiple of BYTES (a power of two, K and M are known; default 4K; 1: no gaps)",
		0 },
	{ "checksum", 'c', NULL, 0, "Keep a checksum (XXH3) of each model", 0 },
	{ "compress", 'z', "LEVEL", OPTION_ARG_OPTIONAL,
		"Compress in pages of 64 KiB, by zstd (default level 3); the original cannot read such a file",
		0 },
	{ "meta", KEY_META, "KEY=VALUE", 0, "Metadata; may be repeated", 0 },
	{ "component", KEY_COMPONENT, "NAME=MODEL,...", 0,
		"A named group of models, whose names are percent-encoded; may be repeated", 0 },
	{ "dedup", KEY_DEDUP, NULL, 0, "Store models with the same bytes once", 0 },
	{ 0 },
};

static bool parse_alignment(const char *arg, uint64_t *bytes)
{
	return number_bytes(arg, bytes) && *bytes && *bytes <= UINT64_C(1) << 30 &&
	       (*bytes & (*bytes - 1)) == 0;
}

/* zstd's fast levels are below zero. */
static bool parse_level(const char *arg, int *level)
{
	uint64_t size;
	bool below = *arg == '-';
	if (!number_whole(arg + below, &size) || size > INT_MAX)
		return false;
	*level = below ? -(int)size : (int)size;
	return *level >= ZSTD_minCLevel() && *level <= ZSTD_maxCLevel();
}

static void append(struct argp_state *state, char ***list, size_t *count, char *arg, const char *form)
{
	char **more = reallocarray(*list, *count + 1, sizeof(*more));
	const char *equals = strchr(arg, '=');
	if (!equals || equals == arg)
		argp_error(state, "%s: not %s", printable(arg), form);
	if (!more)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "options");
	*list = more;
	more[(*count)++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct build_options *o = state->input;
	switch (key) {
	case 'd':
		o->description = arg;
		return 0;
	case 't':
		o->dated = true;
		if (!number_whole(arg, &o->created_at))
			argp_error(state, "%s: not a number of seconds since 1970", printable(arg));
		return 0;
	case 'a':
		o->align = true;
		o->alignment = PB_ALIGNMENT;
		if (arg && !parse_alignment(arg, &o->alignment))
			argp_error(state, "%s: not a power of two up to 1024M", printable(arg));
		return 0;
	case 'c':
		o->checksum = true;
		return 0;
	case 'z':
		o->compress = true;
		o->level = 3;
		if (arg && !parse_level(arg, &o->level))
			argp_error(state, "%s: not a level of zstd (%d to %d)", printable(arg),
				ZSTD_minCLevel(), ZSTD_maxCLevel());
		return 0;
	case KEY_META:
		append(state, &o->metadata, &o->metadata_count, arg, "KEY=VALUE");
		return 0;
	case KEY_COMPONENT:
		append(state, &o->components, &o->component_count, arg, "NAME=MODEL,...");
		return 0;
	case KEY_DEDUP:
		o->dedup = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp build_options_argp = { .options = table, .parser = parse };

bool build_options_extended(const struct build_options *o)
{
	return o->align || o->checksum || o->compress || o->metadata_count || o->component_count;
}

void build_options_free(struct build_options *o)
{
	free(o->metadata);
	free(o->components);
}
