/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of pages in memory, for pb_read. Pages share the limit with whole models and have a policy of
 * their own, of the same kind. A page is an entry as a model is; cache.c evicts both. All under the lock.
 */
#ifndef BUNDLE_CACHE_PAGES_H
#define BUNDLE_CACHE_PAGES_H

#include "entry.h"

struct pb_paged;

/* A page that is resident or being read. */
struct frame {
	struct entry entry;  /* first: frame_of relies on it. Without a name */
	struct frame *chain; /* of a slot of the table, or of the free frames */
	uint64_t page;       /* of the model, from 0 */
	uint32_t model;
	uint32_t pins;
};

struct pages {
	struct frame *frames, *free;
	struct frame **table; /* a hash table by model and page */
	uint32_t count, used, mask;
	struct policy *policy; /* NULL: the bundle was opened without pages */
	uint64_t **gone;       /* by model: a bit for each page that left memory; NULL: none did */
	uint64_t resident;     /* pages in memory */
	uint64_t pinned;       /* sum of all frames' pins */
};

/* The frame of an entry that is a page. */
static inline struct frame *frame_of(const struct entry *e)
{
	return (struct frame *)e;
}

/* ARGUMENT, MEMORY. */
int pages_create(struct pb_paged *paged);
void pages_destroy(struct pb_paged *paged);

/* A page that is resident or being read; NULL: neither. */
struct frame *pages_find(const struct pb_paged *paged, uint32_t model, uint64_t page);

/* Takes a free frame for an absent page. It has no memory yet. NULL: there is no free frame. */
struct frame *pages_add(struct pb_paged *paged, uint32_t model, uint64_t page, size_t size);

/* Frees a frame and its memory. */
void pages_remove(struct pb_paged *paged, struct frame *frame);

/* Remembers that the page left memory, so that the next miss on it counts as a reload. */
void pages_mark_gone(struct pb_paged *paged, const struct frame *frame);
bool pages_was_there(const struct pb_paged *paged, uint32_t model, uint64_t page);

#endif
