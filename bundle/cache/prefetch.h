/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefetches after gets. */
#ifndef BUNDLE_CACHE_PREFETCH_H
#define BUNDLE_CACHE_PREFETCH_H

#include "handle.h"

/* After a successful get: learns from it and loads what is predicted to follow, now or in the background. Not
 * under the lock. */
void prefetch_after(struct pb_paged *paged, struct stripe *stripe, uint32_t model);

#endif
