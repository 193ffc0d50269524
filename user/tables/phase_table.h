/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Totals of the phases that maps of probes name: how often, how long, hits and misses, and what their tasks read meanwhile; and the
 * same by their strings (paths), of which each phase keeps the first PHASE_STRINGS_KEPT.
 */
#ifndef USER_TABLES_PHASE_TABLE_H
#define USER_TABLES_PHASE_TABLE_H

#include <uthash.h>

#include "user/event/event.h"
#include "user/event/latency.h"
#include "user/event/phases.h"

enum { PHASE_STRINGS_KEPT = 64, PHASE_TABLE_BYTES = 4 << 20 };

struct phase_string {
	uint64_t count, total_ns;
	uint32_t len;
	bool cut;
	UT_hash_handle hh;
	char text[];
};

struct phase_stats {
	const struct phase_info *info;
	uint64_t count;        /* that ended, and points */
	uint64_t unstarted;    /* those of them whose start was not observed */
	uint64_t unfinished;   /* that had not ended; not in `count` */
	struct latency ns;     /* of those whose start was observed */
	uint64_t total_ns;     /* likewise */
	uint64_t hits, misses; /* of a phase with a found argument */
	bool reads_known, storage_known;
	uint64_t reads, read_bytes, storage_bytes, major, minor;
	struct phase_string *strings; /* uthash */
	uint64_t other_strings;       /* events whose string is not kept */
};

struct phase_table {
	struct phase_stats *all[PHASES_MAX]; /* by number; NULL: none came */
	size_t room;                         /* bytes left for histograms */
};

struct phase_table *phase_table_new(void); /* NULL: out of memory */
void phase_table_free(struct phase_table *table);

/* Takes an event of the phase layer; ignores all others, and those of phases that are not known by name. `table` NULL is fine. */
void phase_table_event(struct phase_table *table, const struct event *ev);

/* True if there is something in it. `table` NULL: false. */
bool phase_table_any(const struct phase_table *table);

/* Puts a phase's strings in order: those that took most time first. */
void phase_table_sort(struct phase_stats *stats);

#endif
