/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Totals of the cache's events, by bundle and by model. Fed with every event of the app layer as it comes;
 * a hit of a known model allocates nothing. Memory has a limit (SUMMARY_BYTES): bundles and models that are
 * new when it is reached are counted together as "(others)".
 */
#ifndef USER_TABLES_SUMMARY_H
#define USER_TABLES_SUMMARY_H

#include <uthash.h>

#include "user/event/event.h"
#include "user/event/latency.h"
#include "user/event/sink.h"
#include "cache_counts.h"
#include "stats.h"

enum { SUMMARY_BYTES = 24 * 1024 * 1024 };

struct model_stats {
	struct cache_counts counts;
	struct latency load_ns;
	struct slow slowest; /* the slowest load */
	uint64_t *baseline;  /* [MODEL_COUNTS], to subtract from the next counters; NULL: zeros */
	bool evicted;        /* since the bundle was opened */
	bool unused;         /* prefetched, without a hit so far */
	bool cut;            /* the name is longer */
	uint32_t name_len;
	UT_hash_handle hh;
	char name[];
};

struct bundle_path {
	uint32_t pid;
	char path[];
};

/* One process's use of one bundle, over all its opens. */
struct bundle_stats {
	struct bundle_key {
		uint64_t id; /* of the last open */
		uint64_t pid;
	} key;
	uint64_t opens;                 /* 0: it was open before the trace began */
	uint64_t models_in_file, limit; /* as the last open has them */
	uint64_t errors;                /* those that name no model */
	struct model_stats *models;     /* uthash, by name */
	struct cache_counts others;     /* models that have no entry for lack of memory */
	struct latency others_load_ns;
	bool has_others;
	bool path_cut;
	uint32_t path_len;         /* 0: unknown */
	struct bundle_stats *next; /* in the order of their first event */
	UT_hash_handle hh;         /* by key while it is open, then by pid and path */
	struct bundle_path *where; /* NULL: unknown */
};

struct summary {
	struct bundle_stats *bundles; /* all, linked by next */
	struct bundle_stats **tail;
	struct bundle_stats *open, *closed; /* uthash */
	struct bundle_stats others;         /* events of bundles that have no entry for lack of memory */
	uint64_t failed_opens;
	bool live;        /* the library's counters are read (EVENT_MODEL) instead of counting its events */
	uint64_t reloads; /* of all models */
	size_t room;      /* bytes left of SUMMARY_BYTES */
};

struct summary *summary_new(void); /* NULL: out of memory */
void summary_free(struct summary *s);

/* Takes an event of the app layer; ignores those of other layers. */
void summary_event(struct summary *s, const struct event *ev);

/* The sum over a bundle's models, with the errors of the bundle itself. The caller frees load_ns. */
void summary_total(const struct bundle_stats *bundle, struct cache_counts *total, struct latency *load_ns);

/* Puts a bundle's models in order: most misses and reloads first, then by name. */
void summary_sort(struct bundle_stats *bundle);

#endif
