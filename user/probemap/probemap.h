/* SPDX-License-Identifier: BSD-2-Clause */
/* A map of probes: which places in the code of which programs begin and end a phase (docs/probes.md). */
#ifndef USER_PROBEMAP_PROBEMAP_H
#define USER_PROBEMAP_PROBEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "user/base/text.h"
#include "user/event/phases.h"

enum {
	PROBEMAP_BYTES_MAX = 1 << 20, /* of a file */
	PROBEMAP_PHASES_MAX = 128,    /* of a map */
	PROBEMAP_FILES_MAX = 16,      /* patterns of a map or phase */
	PROBEMAP_SYMBOL_MAX = 512,    /* bytes of a symbol, provider or pattern */
	PROBEMAP_ARG_MAX = 12,        /* arguments of a probe; of a function: those in registers */
	PROBEMAP_FUNCTION_ARGS = 6,
};

/* A place in code. */
struct probe_place {
	enum { PLACE_NONE, PLACE_FUNCTION, PLACE_USDT } kind;
	char *provider; /* of PLACE_USDT */
	char *name; /* a symbol or the name of a C++ function, both perhaps with *; or a USDT probe's name */
};

/* A value at a place. */
struct probe_arg {
	char *name;
	int number;   /* from 1; from the last one backwards: -1, ...; 0: there is none */
	bool at_done; /* at the end of the phase, not at its start */
	uint8_t type; /* enum phase_type */
	bool object;  /* of a string: a reference to a std::string */
};

enum probe_returns { RETURNS_DEFAULT, RETURNS_YES, RETURNS_NO };

struct probe_phase {
	char *name;
	struct probe_place start, done; /* done PLACE_NONE: a function up to its return, or a point */
	enum probe_returns returns;
	bool optional; /* that it is missing is no news */
	char **files;  /* patterns of file names; NULL: those of the map */
	unsigned file_count;
	struct probe_arg args[PHASE_ARGS], string;
	unsigned arg_count;
	uint8_t result; /* enum phase_type */
	int found;      /* index in args; -1: none */
};

struct probemap {
	char *path, *name;
	char **files;
	unsigned file_count;
	struct probe_phase *phases;
	unsigned count;
	unsigned first; /* number of its first phase among those of all maps */
};

/* The maps of a run. */
struct probemaps {
	struct probemap **all;
	unsigned count;
	unsigned phases; /* in all of them */
};

/* Reads a file. NULL: *why gets the reason, without a newline. To be freed by probemap_free(). */
struct probemap *probemap_read(const char *path, struct text *why);

/* The same of a text (probemap_parse.c). */
struct probemap *probemap_parse(const char *json, size_t bytes, struct text *why);
void probemap_free(struct probemap *map);

/* Reads a file and adds its map. False: *why. A map with the name of another replaces it. */
bool probemaps_add(struct probemaps *maps, const char *path, struct text *why);
void probemaps_free(struct probemaps *maps);

/* What records say of a phase; its spans are valid as long as the map. */
struct phase_info probemap_info(const struct probemap *map, unsigned phase);

/* True if a phase may be in a file of this name, or with this library name (NULL: it has none). */
bool probemap_wants(
	const struct probemap *map, const struct probe_phase *phase, const char *file, const char *soname);

#endif
