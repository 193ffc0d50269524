/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "code_locations.h"

#define LOCATIONS_MAX (1u << 20)
#define RECENT        4096 /* a power of two */

/* A cached answer. The version stands for one space in one state. */
struct recent {
	uint64_t version, address;
	struct code_location *location;
};

struct code_locations {
	struct code_location *all;
	struct recent recent[RECENT];
};

struct code_locations *code_locations_new(void)
{
	return calloc(1, sizeof(struct code_locations));
}

static void sources_free(struct code_location *location)
{
	for (unsigned i = 0; location->sources && i < location->source_count; i++) {
		free(location->sources[i].function);
		free(location->sources[i].file);
	}
	free(location->sources);
}

void code_locations_free(struct code_locations *locations)
{
	if (!locations)
		return;
	while (locations->all) {
		struct code_location *location = locations->all;
		HASH_DEL(locations->all, location);
		sources_free(location);
		free(location);
	}
	free(locations);
}

static struct code_location *find(
	struct code_locations *locations, struct module *module, uint64_t address, uint64_t space)
{
	struct code_location probe, *location;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.module = module;
	probe.key.address = address;
	probe.key.space = space;
	HASH_FIND(hh, locations->all, &probe.key, sizeof(probe.key), location);
	if (location || HASH_COUNT(locations->all) >= LOCATIONS_MAX)
		return location;
	location = calloc(1, sizeof(*location));
	if (!location)
		return NULL;
	location->key = probe.key;
	HASH_ADD(hh, locations->all, key, sizeof(location->key), location);
	if (location->hh.tbl)
		return location;
	free(location);
	return NULL;
}

/* Names a function that was generated at run time. CPython's have "py::NAME:FILE". */
static void name_generated(struct code_location *location, const struct perf_symbol *symbol)
{
	struct source *source = calloc(1, sizeof(*source));
	bool python = symbol->len > 4 && memcmp(symbol->name, "py::", 4) == 0;
	const char *name = symbol->name + (python ? 4 : 0);
	const char *colon = python ? memchr(name, ':', symbol->len - 4) : NULL;
	size_t len = symbol->len - (python ? 4 : 0);
	if (!source)
		return;
	source->function = colon ? strndup(name, (size_t)(colon - name)) : strndup(name, len);
	source->file = colon ? strdup(colon + 1) : NULL;
	location->sources = source;
	location->source_count = 1;
	location->python = python;
}

/* Code in no file. It may get a name later, so it is looked up each time. */
static struct code_location *get_generated(
	struct code_locations *locations, struct address_space *space, uint64_t address)
{
	const struct perf_symbol *symbol = address_space_generated(space, address);
	struct code_location *location = find(locations, NULL, address, symbol ? address_space_id(space) : 0);
	if (symbol && location && !location->sources)
		name_generated(location, symbol);
	return location;
}

struct code_location *code_locations_get(
	struct code_locations *locations, struct address_space *space, uint64_t address)
{
	uint64_t version = address_space_version(space), offset;
	struct recent *recent = &locations->recent[(address ^ address >> 12 ^ version * 31) % RECENT];
	if (recent->location && recent->version == version && recent->address == address)
		return recent->location;
	struct module *module = NULL;
	if (!address_space_find(space, address, &module, &offset))
		return get_generated(locations, space, address);
	*recent = (struct recent){ version, address,
		find(locations, module, module_address(module, offset), 0) };
	return recent->location;
}

bool code_location_is_code(const struct code_location *location)
{
	return location && (location->key.module || location->key.space);
}

const struct cfi_row *code_location_cfi(struct code_location *location)
{
	if (location->row_state == ROW_NOT_ASKED)
		location->row_state = location->key.module && module_cfi_row(location->key.module,
								      location->key.address, &location->row)
					      ? ROW_KNOWN
					      : ROW_NONE;
	return location->row_state == ROW_KNOWN ? &location->row : NULL;
}

unsigned code_location_sources(struct code_location *location)
{
	struct source sources[SOURCES_MAX];
	if (location->source_count)
		return location->source_count;
	location->source_count = 1;
	if (!location->key.module)
		return 1;
	unsigned count = module_sources(location->key.module, location->key.address, sources);
	location->sources = malloc(count * sizeof(*sources));
	if (location->sources) {
		memcpy(location->sources, sources, count * sizeof(*sources));
		location->source_count = count;
	}
	return location->source_count;
}

int code_location_weight(struct code_location *location)
{
	struct module *module = location->key.module;
	if (location->weight != WEIGHT_UNKNOWN)
		return location->weight;
	location->weight = WEIGHT_NONE;
	enum code_owner owner = module ? module_owner(module) : CODE_OF_PROGRAM;
	bool runtime = owner == CODE_OF_RUNTIME || (!module && !location->key.space);
	unsigned count = runtime ? 0 : code_location_sources(location);
	for (unsigned i = 0; i < count; i++) {
		static const struct source unknown;
		const struct source *source = location->sources ? &location->sources[i] : &unknown;
		enum code_owner whose =
			code_owner_of_source(source->function, source->file, module && module_is_go(module));
		int weight = 1 + 2 * (int)(whose < owner ? whose : owner) + (source->file != NULL);
		if (weight <= location->weight)
			continue;
		location->weight = (int8_t)weight;
		location->best_source = (uint8_t)i;
	}
	return location->weight;
}
