/* SPDX-License-Identifier: BSD-2-Clause */
/* A single prefetch. */
#ifndef BUNDLE_CACHE_LOAD_AHEAD_H
#define BUNDLE_CACHE_LOAD_AHEAD_H

#include "handle.h"

/* Loads a model that is neither resident nor loading, before it is asked for; its failure is counted as one of
 * the bundle's. Under the lock, which is released meanwhile. Errors: those of pb_hint, and LIMIT. */
int load_ahead(struct pb_paged *paged, struct entry *entry, enum load_cause source);

#endif
