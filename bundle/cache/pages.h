/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of models in memory, for pb_read: they share the limit with whole models and have a policy of the
 * same kind. All under the bundle's lock.
 */
#ifndef BUNDLE_CACHE_PAGES_H
#define BUNDLE_CACHE_PAGES_H

#include "entry.h"
#include "bundle/policy/policy.h"
#include "bundle/observe/probes.h"

struct pb_paged;

/* A page in memory, or coming. */
struct frame {
	struct entry entry;  /* what a policy sees of it, and its memory; no name */
	struct frame *chain; /* in the table, or of the free ones */
	uint64_t page;       /* of the model, from 0 */
	uint32_t model;
	uint32_t pins;
};

struct pages {
	struct frame *frames, *free;
	struct frame **table; /* by model and page */
	uint32_t count, used, mask;
	struct policy *policy;
	uint64_t **gone;   /* by model: a bit for each page that left memory; NULL: none did */
	uint64_t resident; /* pages in memory */
	uint64_t pinned;   /* pins of all of them */
};

/* ARGUMENT, MEMORY. */
int pages_create(struct pb_paged *paged);
void pages_destroy(struct pb_paged *paged);

/* Resident or being read; NULL: neither. */
struct frame *pages_find(const struct pb_paged *paged, uint32_t model, uint64_t page);

/* A page that is neither becomes one that is being read, with memory, pinned once. NULL: no room or memory. */
struct frame *pages_claim(struct pb_paged *paged, uint32_t model, uint64_t page);
/* It was read: the others see it. `ahead`: nobody asked for it yet. */
void pages_publish(struct pb_paged *paged, struct frame *frame, bool ahead, uint64_t ns);
/* It could not be read. */
void pages_abandon(struct pb_paged *paged, struct frame *frame);

void pages_pin(struct pb_paged *paged, struct frame *frame);
void pages_unpin(struct pb_paged *paged, struct frame *frame);

/* Whether the page was in memory and left it. */
bool pages_was_there(const struct pb_paged *paged, uint32_t model, uint64_t page);

/* false: there is none that may go. */
bool pages_evict_one(struct pb_paged *paged);

/* Drops all pages, or those of one model, but pinned ones; returns how many these are. */
uint32_t pages_drop_all(struct pb_paged *paged, enum evict_reason reason);
uint32_t pages_drop_of(struct pb_paged *paged, uint32_t model, enum evict_reason reason, bool *dropped);

/* In a forked child: what other threads were reading is not being read any more. */
void pages_after_fork(struct pb_paged *paged);

uint64_t pages_offset(const struct pb_paged *paged, const struct frame *frame); /* in the file */

#endif
