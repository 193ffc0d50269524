/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of models and pages. A page is always in a buffer; a model of a mapped bundle lies in the mapping. */
#ifndef BUNDLE_CACHE_MEMORY_H
#define BUNDLE_CACHE_MEMORY_H

#include "handle.h"

/* Gives an entry a kept buffer, if one fits. Under the lock. */
void memory_reuse(struct pb_paged *paged, struct entry *entry);

/* Gives an entry memory unless memory_reuse did. With or without the lock. false: out of memory. */
bool memory_find(struct pb_paged *paged, struct entry *entry);

/* Takes an entry's memory: a buffer is kept for others, mapped pages are given back to the kernel. Under the
 * lock. */
void memory_give(struct pb_paged *paged, struct entry *entry);

/* The same when the bundle is freed: keeps nothing. */
void memory_free(const struct pb_paged *paged, const struct entry *entry);

#endif
