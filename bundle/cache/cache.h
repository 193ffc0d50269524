/* SPDX-License-Identifier: BSD-2-Clause */
/* How models and pages leave memory. All under the lock. */
#ifndef BUNDLE_CACHE_CACHE_H
#define BUNDLE_CACHE_CACHE_H

#include "handle.h"

/* How often it is pinned: unreleased views of a model, pins of a page. */
uint64_t cache_pins(const struct pb_paged *paged, const struct entry *entry);

/* Makes a resident entry invisible to hits; cache_drop must follow. false: it is pinned, and stays. */
bool cache_take_away(struct pb_paged *paged, struct entry *entry);

/* Frees an entry that was taken away: policy, memory, counts, probe. */
void cache_drop(struct pb_paged *paged, struct entry *entry, enum evict_reason reason);

/* Evicts the next victim of a policy that is not pinned. false: there is none. */
bool cache_evict_one(struct pb_paged *paged, struct policy *policy, const struct entry *incoming);

/* After a release: if this was the last pin of a parked entry, puts it back into the policy. */
void cache_unpark(struct pb_paged *paged, struct entry *entry);

/* Drop all models and pages, or the pages of one model, except pinned ones; return how many are pinned.
 * *dropped is set if any was dropped. */
uint32_t cache_drop_all(struct pb_paged *paged, enum evict_reason reason);
uint32_t cache_drop_pages(struct pb_paged *paged, uint32_t model, enum evict_reason reason, bool *dropped);

#endif
