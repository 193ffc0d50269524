/* SPDX-License-Identifier: BSD-2-Clause */
#include "phase_spots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_file.h"
#include "elf_symbols.h"
#include "phase_args.h"
#include "phase_names.h"
#include "usdt_check.h"
#include "usdt_notes.h"

#define NO_SYMBOL_ADVICE                                                                                     \
	"it may be of another version, or stripped: `nm -D --defined-only FILE` lists what it exports, and a package of debug symbols has the rest"
#define NO_PROBE_ADVICE "it may be built without its probes: `readelf -n FILE` lists them"

/* What was found for one place of a phase. */
struct found {
	const struct probe_phase *phase;
	const struct probe_place *place;
	bool done;      /* the end of the phase */
	unsigned count; /* more than PHASE_SPOTS_EACH: too many */
	struct {
		uint64_t address, semaphore;
		bool has_semaphore;
		bool returns; /* of a function: its return may be probed unasked */
		char *args;   /* of a USDT probe, owned */
	} at[PHASE_SPOTS_EACH];
};

struct search {
	const struct phase_lookup *lookup;
	struct usdt_segments segments;
	bool go;
	struct found *places; /* two of each phase that may be in the file */
	unsigned count;
	struct phase_spots *spots;
	int err;
};

/* ---- finding ---- */

static bool is_known(const struct found *found, uint64_t address)
{
	for (unsigned i = 0; i < found->count && i < PHASE_SPOTS_EACH; i++)
		if (found->at[i].address == address)
			return true;
	return false;
}

static void take_symbol(void *ctx, const char *name, uint64_t address)
{
	struct search *search = ctx;
	for (unsigned i = 0; i < search->count; i++) {
		struct found *found = &search->places[i];
		if (found->place->kind != PLACE_FUNCTION || !phase_name_fits(found->place->name, name) ||
			is_known(found, address))
			continue;
		if (found->count < PHASE_SPOTS_EACH) {
			found->at[found->count].address = address;
			found->at[found->count].returns = phase_name_returns(name);
		}
		found->count++;
	}
}

static bool take_note(void *ctx, const struct usdt_note *note)
{
	struct search *search = ctx;
	for (unsigned i = 0; i < search->count; i++) {
		struct found *found = &search->places[i];
		if (found->place->kind != PLACE_USDT || strcmp(found->place->provider, note->provider) != 0 ||
			strcmp(found->place->name, note->name) != 0 || is_known(found, note->probe))
			continue;
		if (found->count < PHASE_SPOTS_EACH) {
			found->at[found->count].address = note->probe;
			found->at[found->count].semaphore = note->semaphore;
			found->at[found->count].has_semaphore = note->has_semaphore;
			found->at[found->count].args = strdup(note->args);
		}
		found->count++;
	}
	return true;
}

static bool lacks_a_function(const struct search *search)
{
	for (unsigned i = 0; i < search->count; i++)
		if (search->places[i].place->kind == PLACE_FUNCTION && !search->places[i].count)
			return true;
	return false;
}

static void find_all(struct search *search, Elf *elf)
{
	elf_symbols_each(elf, take_symbol, search);
	if (lacks_a_function(search))
		elf_symbols_debug(elf, search->lookup->path, take_symbol, search);
	usdt_notes_each(elf, take_note, search);
}

/* ---- from what was found to spots ---- */

static bool problem(
	const struct search *search, const struct found *found, const char *why, const char *advice)
{
	struct phase_problem problem = { found->phase, found->place, why, advice };
	if (search->lookup->problem)
		search->lookup->problem(search->lookup->ctx, &problem);
	return false;
}

static bool add_spot(struct search *search, const struct phase_spot *spot)
{
	struct phase_spots *spots = search->spots;
	struct phase_spot *all = reallocarray(spots->all, spots->count + 1, sizeof(*all));
	if (!all) {
		search->err = -ENOMEM;
		return false;
	}
	all[spots->count] = *spot;
	spots->all = all;
	spots->count++;
	return true;
}

/* Where the arguments of this end of the phase are. False: a problem. */
static bool fill_args(
	const struct search *search, const struct found *found, unsigned at, struct phase_site *site)
{
	const struct probe_phase *phase = found->phase;
	char text[128];
	for (unsigned i = 0; i <= phase->arg_count; i++) {
		bool string = i == phase->arg_count;
		const struct probe_arg *arg = string ? &phase->string : &phase->args[i];
		struct phase_value *value = string ? &site->string : &site->args[i];
		if (!arg->number || arg->at_done != found->done)
			continue;
		if (found->place->kind == PLACE_FUNCTION) {
			*value = phase_arg_of_function(arg->number, string ? 8 : phase_type_bytes(arg->type));
		} else {
			const char *args = found->at[at].args,
				   *wrong = args ? phase_arg_of_note(args, arg->number, value, text)
						 : "has no memory for its arguments";
			if (wrong)
				return problem(search, found, wrong, "choose other arguments in the map");
		}
		if (string && arg->object && value->from == PHASE_FROM_REGISTER) {
			/* the object begins with the address of its characters */
			value->from = PHASE_FROM_MEMORY;
			value->bytes = 8;
			value->is_signed = 0;
		} else if (string && arg->object) {
			return problem(search, found, "has its std::string in no register",
				"choose another argument");
		}
	}
	return true;
}

/* Whether the return of the function at this place is probed. */
static bool wants_return(const struct search *search, const struct found *found, unsigned at)
{
	const struct probe_phase *phase = found->phase;
	if (found->place->kind != PLACE_FUNCTION || phase->done.kind != PLACE_NONE)
		return false;
	return phase->returns == RETURNS_YES ||
	       (phase->returns == RETURNS_DEFAULT && found->at[at].returns && !search->go);
}

static bool check_semaphore(
	const struct search *search, const struct found *found, unsigned at, struct phase_spot *spot)
{
	if (!found->at[at].has_semaphore)
		return true;
	const char *wrong =
		usdt_check_semaphore(&search->segments, found->at[at].semaphore, &spot->semaphore);
	if (!wrong && usdt_page_is_shared(&search->segments, spot->semaphore))
		wrong = "shares the page of its semaphore with other data, so that it cannot be armed";
	return !wrong || problem(search, found, wrong, "link the file with another linker");
}

/* One address of a place. */
static bool add_at(struct search *search, const struct found *found, unsigned at)
{
	bool usdt = found->place->kind == PLACE_USDT, returns = wants_return(search, found, at);
	bool pair = returns || found->phase->done.kind != PLACE_NONE;
	unsigned number = search->lookup->map->first + (unsigned)(found->phase - search->lookup->map->phases);
	struct phase_spot spot = {
		.site = { .phase = (uint16_t)number,
			.role = found->done ? usdt ? PHASE_DONE : PHASE_DONE_IF_STARTED
				: pair      ? PHASE_START
					    : PHASE_POINT },
	};
	const char *wrong = (usdt ? usdt_check_probe : usdt_check_function)(
		&search->segments, found->at[at].address, &spot.offset);
	if (wrong)
		return problem(
			search, found, wrong, "the file is damaged, or made in a way that is not supported");
	if (!check_semaphore(search, found, at, &spot) || !fill_args(search, found, at, &spot.site) ||
		!add_spot(search, &spot))
		return false;
	if (!returns)
		return true;
	struct phase_spot end = { .offset = spot.offset,
		.returns = true,
		.site = { .phase = spot.site.phase, .role = PHASE_DONE } };
	if (found->phase->result != PHASE_NONE)
		end.site.result = phase_arg_result(phase_type_bytes(found->phase->result));
	return add_spot(search, &end);
}

/* True if the place is there and can be used. */
static bool check_place(const struct search *search, const struct found *found)
{
	bool usdt = found->place->kind == PLACE_USDT;
	if (found->count == 0)
		return problem(search, found, usdt ? "no such probe" : "no such symbol",
			usdt ? NO_PROBE_ADVICE : NO_SYMBOL_ADVICE);
	return found->count <= PHASE_SPOTS_EACH ||
	       problem(search, found, "fits too many functions, or has too many sites", "give a longer name");
}

/* A phase: the `count` places from this one on. All of it is used, or nothing. */
static void add_phase(struct search *search, const struct found *first, unsigned count)
{
	unsigned before = search->spots->count;
	bool right = true;
	for (unsigned i = 0; i < count; i++)
		right &= check_place(search, &first[i]);
	for (unsigned i = 0; right && i < count; i++)
		for (unsigned at = 0; right && at < first[i].count; at++)
			right = add_at(search, &first[i], at);
	if (!right)
		search->spots->count = before;
}

static void add_phases(struct search *search)
{
	for (unsigned i = 0; i < search->count && !search->err;) {
		unsigned count = i + 1 < search->count && search->places[i + 1].done ? 2 : 1;
		add_phase(search, &search->places[i], count);
		i += count;
	}
}

/* ---- the file ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Fills in which places to look for. How many phases, or -ENOMEM. */
static int choose(struct search *search, Elf *elf)
{
	const struct probemap *map = search->lookup->map;
	char *soname = elf_soname(elf);
	int phases = 0;
	search->places = calloc(2 * map->count, sizeof(*search->places));
	for (unsigned i = 0; search->places && i < map->count; i++) {
		const struct probe_phase *phase = &map->phases[i];
		if (!probemap_wants(map, phase, base_name(search->lookup->path), soname))
			continue;
		search->places[search->count++] = (struct found){ .phase = phase, .place = &phase->start };
		if (phase->done.kind != PLACE_NONE)
			search->places[search->count++] =
				(struct found){ .phase = phase, .place = &phase->done, .done = true };
		phases++;
	}
	free(soname);
	return search->places ? phases : -ENOMEM;
}

static void free_search(struct search *search)
{
	for (unsigned i = 0; i < search->count; i++)
		for (unsigned at = 0; at < PHASE_SPOTS_EACH; at++)
			free(search->places[i].at[at].args);
	free(search->places);
}

int phase_spots_find(const struct phase_lookup *lookup, int fd, struct phase_spots *spots)
{
	struct search search = { .lookup = lookup, .spots = spots };
	Elf *elf = elf_file_open(fd);
	*spots = (struct phase_spots){ 0 };
	if (!elf)
		return -ENOEXEC;
	int phases = choose(&search, elf);
	if (phases > 0) {
		usdt_segments_read(&search.segments, elf, fd);
		search.go = elf_is_go(elf);
		find_all(&search, elf);
		add_phases(&search);
	}
	free_search(&search);
	elf_end(elf);
	return search.err ? search.err : phases;
}
