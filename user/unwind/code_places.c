/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "code_places.h"

#define PLACES_MAX (1u << 20)
#define RECENT     4096 /* a power of two */

/* Where an address of a space was found last: the version is of one space, and of one state of it. */
struct recent {
	uint64_t version, address;
	struct code_place *place;
};

struct code_places {
	struct code_place *all;
	struct recent recent[RECENT];
};

struct code_places *code_places_new(void)
{
	return calloc(1, sizeof(struct code_places));
}

static void sources_free(struct code_place *place)
{
	for (unsigned i = 0; place->sources && i < place->source_count; i++) {
		free(place->sources[i].function);
		free(place->sources[i].file);
	}
	free(place->sources);
}

void code_places_free(struct code_places *places)
{
	if (!places)
		return;
	while (places->all) {
		struct code_place *place = places->all;
		HASH_DEL(places->all, place);
		sources_free(place);
		free(place);
	}
	free(places);
}

static struct code_place *find(struct code_places *places, struct module *module, uint64_t address)
{
	struct code_place probe, *place;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.module = module;
	probe.key.address = address;
	HASH_FIND(hh, places->all, &probe.key, sizeof(probe.key), place);
	if (place || HASH_COUNT(places->all) >= PLACES_MAX)
		return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->key = probe.key;
	HASH_ADD(hh, places->all, key, sizeof(place->key), place);
	if (place->hh.tbl)
		return place;
	free(place);
	return NULL;
}

struct code_place *code_place_at(struct code_places *places, const struct space *space, uint64_t address)
{
	uint64_t version = space_version(space), offset;
	struct recent *recent = &places->recent[(address ^ address >> 12 ^ version * 31) % RECENT];
	if (recent->place && recent->version == version && recent->address == address)
		return recent->place;
	struct module *module = NULL;
	uint64_t linked =
		space_look(space, address, &module, &offset) ? module_address(module, offset) : address;
	*recent = (struct recent){ version, address, find(places, module, linked) };
	return recent->place;
}

bool code_place_is_code(const struct code_place *place)
{
	return place && place->key.module;
}

const struct cfi_rule *code_place_rule(struct code_place *place)
{
	if (place->rule_state == RULE_NOT_ASKED)
		place->rule_state =
			place->key.module && module_rule(place->key.module, place->key.address, &place->rule)
				? RULE_KNOWN
				: RULE_NONE;
	return place->rule_state == RULE_KNOWN ? &place->rule : NULL;
}

unsigned code_place_sources(struct code_place *place)
{
	struct source sources[SOURCES_MAX];
	if (place->source_count)
		return place->source_count;
	place->source_count = 1;
	if (!place->key.module)
		return 1;
	unsigned count = module_sources(place->key.module, place->key.address, sources);
	place->sources = malloc(count * sizeof(*sources));
	if (place->sources) {
		memcpy(place->sources, sources, count * sizeof(*sources));
		place->source_count = count;
	}
	return place->source_count;
}

bool code_place_has_line(struct code_place *place)
{
	return code_place_sources(place) && place->sources && place->sources[0].file;
}

bool code_place_is_own(const struct code_place *place)
{
	return place->key.module && !module_is_runtime(place->key.module);
}
