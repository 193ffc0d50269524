/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names in files (struct event_names) that a flight recorder keeps beside its chunks: they can be longer than one.
 * In the chunk a mark with the number of the names stands in their place, so that they come out where they came in.
 */
#ifndef USER_RECORD_KEPT_NAMES_H
#define USER_RECORD_KEPT_NAMES_H

#include "timeline.h"

/* Limit of all names; above it the oldest are dropped. */
#define KEPT_NAMES_MAX ((size_t)16 << 20)

struct kept_names;

struct kept_names *kept_names_new(void); /* NULL: out of memory */
void kept_names_free(struct kept_names *kept);

/* The number of the next names, for their mark. */
uint64_t kept_names_next(const struct kept_names *kept);

/* Copies a record; the mark of the names that it is a part of is in `chunk`. 0 or -ENOMEM. */
int kept_names_add(struct kept_names *kept, const struct event_header *record, uint64_t chunk);

/* Chunks below `first` are gone: drops the names that were replaced before it. */
void kept_names_trim(struct kept_names *kept, uint64_t first);

/* Calls `take` for the records of the names whose marks are in chunks below `first`, in order; or of those with this
 * number. A result other than 0 ends the walk and is returned. */
int kept_names_before(const struct kept_names *kept, uint64_t first, timeline_take take, void *ctx);
int kept_names_at(const struct kept_names *kept, uint64_t number, timeline_take take, void *ctx);

#endif
