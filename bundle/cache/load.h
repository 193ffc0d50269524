/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of models: one read, however many threads ask. */
#ifndef BUNDLE_CACHE_LOAD_H
#define BUNDLE_CACHE_LOAD_H

#include "handle.h"

/* BOUNDS if the file cannot hold the model. */
int load_check_bounds(const struct pb_paged *paged, const struct entry *entry);

/* Counts a miss and fires its probe. Under the lock. */
void load_miss(struct pb_paged *paged, struct entry *entry);

/* Loads a model for a get unless it is resident: makes room and reads it, or waits for the thread that does;
 * *missed is set if it was not resident. Under the lock, which is released meanwhile. All errors of pb_get. */
int load_demanded(struct pb_paged *paged, struct entry *entry, bool *missed);

/* Reads a model that is neither resident nor loading, room or not. Under the lock, which is released
 * meanwhile. LOAD_GIVEN_UP: a background load was stopped because the bundle is being closed. */
#define LOAD_GIVEN_UP 1
int load_model(struct pb_paged *paged, struct entry *entry, enum load_cause cause);

/* The steps of load_model, for callers that read several models at once: load_begin and load_finish under the
 * lock, load_read without it. load_finish must follow load_begin, and returns `err`, the result of the read;
 * `start` is what load_clock returned before. */
uint64_t load_clock(void); /* 0: the load probe is not observed */
uint64_t load_ns_since(uint64_t start);
void load_begin(struct pb_paged *paged, struct entry *entry, enum load_cause cause);
int load_read(struct pb_paged *paged, struct entry *entry, bool background);
int load_finish(struct pb_paged *paged, struct entry *entry, enum load_cause cause, uint64_t start, int err);

#endif
