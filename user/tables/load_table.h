/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads by what was loaded: models of bundles, as their own events tell, and parts of other files, inferred. Memory has a
 * limit (LOADS_BYTES): what is new when it is reached is counted together as "(others)".
 */
#ifndef USER_TABLES_LOAD_TABLE_H
#define USER_TABLES_LOAD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <uthash.h>

#include "user/event/event.h"
#include "user/event/file_facts.h"
#include "user/event/latency.h"
#include "user/event/load_costs.h"

enum { LOADS_BYTES = 16 * 1024 * 1024 };

struct load_counts {
	uint64_t loads, reloads;
	uint64_t
		bytes; /* of the models, each as often as it was loaded; of parts those that were asked for */
	uint64_t total_ns; /* from the beginnings to the ends */
	struct latency took;
	struct load_costs costs; /* of `costed` loads */
	uint64_t costed;         /* loads of which it was observed what served them */
	uint64_t gone_ns;        /* of reloads of parts: the shortest time since the last use; 0: not known */
};

struct load_row {
	struct load_counts counts;
	bool inferred;
	bool name_cut, path_cut;
	uint32_t name_len, path_len; /* of the path 0: not known */
	UT_hash_handle hh;           /* by strings and `inferred` */
	char strings[]; /* the name, then the path of the bundle or file, then 'i' if it is inferred */
};

struct evicted;

struct load_table {
	struct load_row *rows; /* uthash */
	struct load_counts others;
	bool has_others;
	struct evicted *evicted; /* uthash: models and pages of bundles; a load of one is a reload */
	struct file_facts facts; /* what was observed of what served loads */
	bool evictions_unseen;   /* of bundles: what is a reload is not known */
	size_t room;
	uint64_t not_inferred; /* uses of parts that are in no load, for lack of memory */
};

struct load_table *load_table_new(const struct file_facts *facts); /* NULL: out of memory */
void load_table_free(struct load_table *table);

/* Takes any event; ignores all but ends of loads, and evictions, which make a later load a reload. */
void load_table_event(struct load_table *table, const struct event *ev);

/* Puts rows in order: most time first. */
void load_table_sort(struct load_table *table);

struct span load_row_name(const struct load_row *row);
struct span load_row_path(const struct load_row *row); /* data NULL: not known */

/* Of total_ns: neither in calls nor in faults. */
uint64_t load_counts_rest(const struct load_counts *counts);

/* Whether a cost of loads means something: it was observed, or some of it was. */
bool load_costs_known(const struct load_table *table, const struct load_counts *counts, enum file_fact fact,
	uint64_t value);

#endif
