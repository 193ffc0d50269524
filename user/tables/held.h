/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of bundles are in the memory of their caches: what was loaded and has not left, but by closing the bundle. So
 * of a bundle that is closed it is what it held until then. Memory has a limit (HELD_MAX): beyond it nothing is known.
 */
#ifndef USER_TABLES_HELD_H
#define USER_TABLES_HELD_H

#include <uthash.h>

#include "covered.h"
#include "user/event/event.h"

enum { HELD_MAX = 65536 };

struct held_model {
	struct {
		uint64_t bundle, pid, offset;
	} key;
	uint64_t size;
	UT_hash_handle hh;
};

struct held_bundle {
	struct {
		uint64_t bundle, pid;
	} key;
	uint32_t path_len;
	UT_hash_handle hh;
	char path[];
};

/* All zero: nothing is held. */
struct held {
	struct held_model *models;   /* uthash */
	struct held_bundle *bundles; /* uthash: those whose opening was seen, by process and id */
	bool failed;                 /* there were more, or no memory: nothing is known */
};

/* Takes any event; ignores those of other layers than the app's. */
void held_event(struct held *held, const struct event *ev);

void held_free(struct held *held);

/* Adds the bytes of all bundles of that path to *ranges, each once; `room` as for covered_add(). False: no bundle of it
 * was opened, or what they hold is not known. */
bool held_ranges(const struct held *held, struct span path, struct covered *ranges, size_t *room);

#endif
