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
#include "stats.h"

enum { SUMMARY_BYTES = 24 * 1024 * 1024 };

/* Of one model; of a bundle: the sum over its models. gets = hits + misses. */
struct cache_counts {
	uint64_t hits, misses;
	uint64_t reloads;   /* misses on models that were evicted since the bundle was opened */
	uint64_t evictions; /* under pressure or explicit; not by clear or close */
	uint64_t loads;
	uint64_t prefetched; /* loads without a get that asked for them */
	uint64_t used;       /* prefetches that a hit followed */
	uint64_t wasted;     /* prefetches that were evicted, or whose bundle was closed, before a hit */
	uint64_t bytes_loaded;
	uint64_t errors;
	struct latency load_ns;
};

struct model_stats {
	struct cache_counts counts;
	struct slow slowest; /* the slowest load */
	uint64_t *baseline;  /* [MODEL_COUNTS], to subtract from the next counters; NULL: zeros */
	bool left;           /* it was evicted since the bundle was opened */
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

/* The sum over a bundle's models, with the errors of the bundle itself. The caller frees total->load_ns. */
void summary_total(const struct bundle_stats *bundle, struct cache_counts *total);

/* A model's name as the tables show it: not longer than `most` bytes. */
void summary_name(struct text *t, const struct model_stats *model, uint32_t most);

/* Puts a bundle's models in order: most misses and reloads first, then by name. */
void summary_sort(struct bundle_stats *bundle);

/* The tables of -c: system calls, bundles, models, losses. Returns as a sink does. */
int summary_text(struct out *out, const struct run_result *result);

/* One line for each kind of event that was lost and each cause; nothing if none was. In summary_text()
 * already. */
void summary_lost(struct text *t, const struct run_result *result);

/* The inside of the "summary" object of the JSON forms, on one line; written as it grows. */
int summary_json(struct out *out, const struct run_result *result);

#endif
