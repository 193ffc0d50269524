/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cache's events add up to, per bundle and per model. Fed with every event of the app layer as it
 * comes; a hit allocates nothing once its model is known. Memory has a limit (SUMMARY_BYTES): models and
 * bundles that come after it is reached are counted together as "(others)".
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
	struct slow slowest; /* load */
	uint64_t *baseline;  /* [MODEL_COUNTS], to be taken away from the next counts; NULL: nothing */
	bool evicted;        /* since the bundle was opened */
	bool unused;         /* prefetched, and no hit yet */
	bool cut;            /* the name goes on */
	uint32_t name_len;
	UT_hash_handle hh;
	char name[];
};

struct bundle_path {
	uint32_t pid;
	char path[];
};

/* One process's use of one bundle. When that process opens it again after a close, it goes on. */
struct bundle_stats {
	struct bundle_key {
		uint64_t id; /* of the last open */
		uint64_t pid;
	} key;
	uint64_t opens;                 /* 0: it was open before the trace began */
	uint64_t models_in_file, limit; /* as of the last open */
	uint64_t errors;                /* those that name no model */
	struct model_stats *models;     /* uthash, by name */
	struct cache_counts others;     /* of the models there was no memory for */
	struct latency others_load_ns;
	bool has_others;
	bool path_cut;
	uint32_t path_len;         /* 0: unknown */
	struct bundle_stats *next; /* in the order of their first event */
	UT_hash_handle hh;         /* by key while it is open, by pid and path after it */
	struct bundle_path *where; /* NULL: unknown */
};

struct summary {
	struct bundle_stats *bundles; /* all, linked by next */
	struct bundle_stats **tail;
	struct bundle_stats *open, *closed; /* uthash */
	struct bundle_stats others;         /* events of the bundles there was no memory for */
	uint64_t failed_opens;
	bool live; /* the library's counters are told (EVENT_MODEL): events of the same are not counted */
	uint64_t reloads; /* of all models */
	size_t room;      /* bytes that may still be taken */
};

struct summary *summary_new(void); /* NULL: out of memory */
void summary_free(struct summary *s);
void summary_event(struct summary *s, const struct event *ev); /* other layers are passed over */

/* The sum over a bundle's models, with the errors of the bundle itself. load_ns is to be freed. */
void summary_total(const struct bundle_stats *bundle, struct cache_counts *total, struct latency *load_ns);

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
