/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside a paged bundle. paged.c opens, closes and answers questions; cache.c moves models; prefetch.c looks
 * ahead. */
#ifndef BUNDLE_PAGED_H
#define BUNDLE_PAGED_H

#include "entry.h"
#include "error.h"
#include "file.h"
#include "format.h"
#include "open_list.h"
#include "policy.h"
#include "pool.h"
#include "probes.h"

#define HISTORY 10

/* Indexes of the models of the last successful gets. */
struct history {
	uint32_t models[HISTORY];
	unsigned int next, len;
};

struct pb_paged {
	struct pb_counters counters;
	struct entry *entries;
	struct policy *policy;
	struct manifest manifest; /* entry i is manifest.models[i], and manifest.names finds both */
	struct history history;
	struct pb_config config;
	struct file file;
	struct pool pool;
	uint64_t views;              /* handed out and not released */
	struct pb_counters baseline; /* the counters at the last reset */
	char *path;
};

/* NULL: there is none. */
struct entry *paged_find(const struct pb_paged *paged, const char *name, size_t len);

/* Counts a failure and reports it to the probe; returns err. */
int paged_error(struct pb_paged *paged, const char *name, int err);

/* Evicts until a model that is not resident fits, or nothing is left that may go. */
void cache_make_room(struct pb_paged *paged, const struct entry *incoming);

bool cache_fits(const struct pb_paged *paged, uint64_t size);

/* BOUNDS if the file cannot hold the model. */
int cache_check_bounds(const struct pb_paged *paged, const struct entry *entry);

/* Reads a model that is not resident, into memory that is not counted yet against the limit. */
int cache_load(struct pb_paged *paged, struct entry *entry, enum load_cause cause);

/* Out of memory with it; not pinned. */
void cache_drop(struct pb_paged *paged, struct entry *entry, enum evict_reason reason);

/* After a successful get: remembers it and loads what followed it before. */
void prefetch_after(struct pb_paged *paged, const struct entry *entry);

#endif
