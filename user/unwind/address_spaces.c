/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "address_spaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "user/base/process_maps.h"

#define SPACES_MAX   8192
#define MAPPINGS_MAX 65536 /* of a process */

struct mapping {
	uint64_t start, end, file_offset;
	struct module *module;
};

struct address_space {
	int pid;
	uint64_t id, version;
	time_t since;               /* the trace began */
	struct perf_map *generated; /* names of code in no file; NULL: not asked for yet */
	unsigned count, room;
	struct mapping *mappings; /* by address; none overlaps another */
	UT_hash_handle hh;
};

/* A change later than the time that the spaces have been advanced to. */
struct waiting {
	struct code_map change; /* owns its path */
	struct waiting *next;
};

struct address_spaces {
	struct modules *modules;
	struct code_maps *code;
	struct address_space *all;
	struct waiting *waiting; /* by time */
	uint64_t versions;       /* given so far */
	time_t since;            /* the trace began */
};

struct address_spaces *address_spaces_new(struct modules *modules, pid_t of)
{
	struct address_spaces *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->modules = modules;
	s->since = time(NULL);
	s->code = code_maps_open(&(struct code_maps_options){ .of = of, .processes = true });
	if (s->code)
		return s;
	int err = errno;
	free(s);
	errno = err;
	return NULL;
}

static void forget(struct address_spaces *s, struct address_space *space)
{
	if (!space)
		return;
	HASH_DEL(s->all, space);
	perf_map_free(space->generated);
	free(space->mappings);
	free(space);
}

static void waiting_free(struct waiting *w)
{
	free((char *)w->change.path);
	free(w);
}

void address_spaces_free(struct address_spaces *s)
{
	if (!s)
		return;
	while (s->all)
		forget(s, s->all);
	while (s->waiting) {
		struct waiting *w = s->waiting;
		s->waiting = w->next;
		waiting_free(w);
	}
	code_maps_close(s->code);
	free(s);
}

/* ---- one process ---- */

static struct address_space *known(const struct address_spaces *s, int pid)
{
	struct address_space *space;
	HASH_FIND_INT(s->all, &pid, space);
	return space;
}

static struct address_space *space_new(struct address_spaces *s, int pid)
{
	/* evict the oldest; a live process can be read again from /proc */
	while (HASH_COUNT(s->all) >= SPACES_MAX)
		forget(s, s->all);
	struct address_space *space = calloc(1, sizeof(*space));
	if (!space)
		return NULL;
	space->pid = pid;
	space->since = s->since;
	space->id = space->version = ++s->versions;
	HASH_ADD_INT(s->all, pid, space);
	if (space->hh.tbl)
		return space;
	free(space);
	return NULL;
}

static bool make_room(struct address_space *space, unsigned count)
{
	if (count <= space->room)
		return true;
	unsigned room = count < 16 ? 16 : 2 * count;
	struct mapping *more =
		count > MAPPINGS_MAX ? NULL : reallocarray(space->mappings, room, sizeof(*more));
	if (!more)
		return false;
	space->mappings = more;
	space->room = room;
	return true;
}

/* The index of the first mapping that ends after the address. */
static unsigned first_after(const struct address_space *space, uint64_t address)
{
	unsigned low = 0, high = space->count;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (space->mappings[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Removes [start, end) from the mappings; one that spans it is cut in two. False: out of memory. */
static bool clear_range(struct address_space *space, uint64_t start, uint64_t end)
{
	unsigned at = first_after(space, start);
	if (at == space->count)
		return true;
	if (space->mappings[at].start < start) {
		struct mapping *m = &space->mappings[at];
		struct mapping rest = *m;
		m->end = start;
		at++;
		if (rest.end > end) {
			if (!make_room(space, space->count + 1))
				return false;
			memmove(&space->mappings[at + 1], &space->mappings[at],
				(space->count++ - at) * sizeof(rest));
			rest.file_offset += end - rest.start;
			rest.start = end;
			space->mappings[at] = rest;
		}
	}
	unsigned gone = at;
	while (gone < space->count && space->mappings[gone].end <= end)
		gone++;
	memmove(&space->mappings[at], &space->mappings[gone],
		(space->count - gone) * sizeof(*space->mappings));
	space->count -= gone - at;
	if (at < space->count && space->mappings[at].start < end) {
		space->mappings[at].file_offset += end - space->mappings[at].start;
		space->mappings[at].start = end;
	}
	return true;
}

static void add_mapping(struct address_spaces *s, struct address_space *space, const struct code_map *mapping)
{
	struct module *module = mapping->start < mapping->end ? modules_get(s->modules, mapping) : NULL;
	space->version = ++s->versions;
	if (!module || !clear_range(space, mapping->start, mapping->end) ||
		!make_room(space, space->count + 1))
		return;
	unsigned at = first_after(space, mapping->start);
	memmove(&space->mappings[at + 1], &space->mappings[at],
		(space->count++ - at) * sizeof(*space->mappings));
	space->mappings[at] = (struct mapping){ mapping->start, mapping->end, mapping->file_offset, module };
}

struct reading {
	struct address_spaces *spaces;
	struct address_space *space;
};

static bool read_map(void *ctx, const struct process_map *map)
{
	const struct reading *reading = ctx;
	if (map->executable)
		add_mapping(reading->spaces, reading->space,
			&(struct code_map){ .pid = reading->space->pid,
				.start = map->start,
				.end = map->end,
				.path = map->path,
				.file_offset = map->offset,
				.dev = map->dev,
				.ino = map->ino });
	return true;
}

struct address_space *address_spaces_find(struct address_spaces *s, pid_t pid)
{
	struct address_space *space = known(s, pid);
	if (space)
		return space;
	space = space_new(s, pid);
	if (space)
		process_maps_each(pid, read_map, &(struct reading){ s, space });
	return space;
}

bool address_space_find(
	const struct address_space *space, uint64_t address, struct module **module, uint64_t *file_offset)
{
	unsigned at = first_after(space, address);
	if (at == space->count || space->mappings[at].start > address)
		return false;
	*module = space->mappings[at].module;
	*file_offset = address - space->mappings[at].start + space->mappings[at].file_offset;
	return true;
}

const struct perf_symbol *address_space_generated(struct address_space *space, uint64_t address)
{
	if (!space->generated)
		space->generated = perf_map_new(space->pid, space->since);
	return space->generated ? perf_map_find(space->generated, address) : NULL;
}

uint64_t address_space_id(const struct address_space *space)
{
	return space->id;
}

uint64_t address_space_version(const struct address_space *space)
{
	return space->version;
}

/* ---- changes ---- */

static void fork_space(struct address_spaces *s, int parent, int pid)
{
	struct address_space *from = known(s, parent);
	forget(s, known(s, pid));
	if (!from) /* address_spaces_find() reads it from /proc when it is needed */
		return;
	unsigned count = from->count;
	struct address_space *space = space_new(s, pid);
	from = known(s, parent); /* NULL if it was the oldest and has been evicted */
	if (!space || !from || !make_room(space, count)) {
		forget(s, space);
		return;
	}
	if (count)
		memcpy(space->mappings, from->mappings, count * sizeof(*space->mappings));
	space->count = count;
}

static void apply(struct address_spaces *s, const struct code_map *change)
{
	struct address_space *space = known(s, change->pid);
	if (change->pid == 0) { /* changes were lost: read everything again from /proc */
		while (s->all)
			forget(s, s->all);
		return;
	}
	switch (change->change) {
	case CODE_MAPPED:
		if (space)
			add_mapping(s, space, change);
		break;
	case CODE_EXECUTED:
		forget(s, space);
		space_new(s, change->pid);
		break;
	case CODE_FORKED:
		fork_space(s, change->parent, change->pid);
		break;
	case CODE_ENDED:
		forget(s, space);
		break;
	}
}

/* Inserts a change by time. Without memory for it, it counts as lost. */
static void keep(void *ctx, const struct code_map *change)
{
	struct address_spaces *s = ctx;
	struct waiting *w = calloc(1, sizeof(*w)), **at = &s->waiting;
	char *path = w && change->path ? strdup(change->path) : NULL;
	if (!w || (change->path && !path)) {
		free(w);
		apply(s, &(struct code_map){ .pid = 0 });
		return;
	}
	w->change = *change;
	w->change.path = path;
	while (*at && (*at)->change.time_ns <= change->time_ns)
		at = &(*at)->next;
	w->next = *at;
	*at = w;
}

int address_spaces_fd(const struct address_spaces *s)
{
	return code_maps_fd(s->code);
}

void address_spaces_advance(struct address_spaces *s, uint64_t time_ns)
{
	code_maps_take(s->code, keep, s);
	while (s->waiting && s->waiting->change.time_ns <= time_ns) {
		struct waiting *w = s->waiting;
		s->waiting = w->next;
		apply(s, &w->change);
		waiting_free(w);
	}
}
