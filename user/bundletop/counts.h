/* SPDX-License-Identifier: BSD-2-Clause */
/* What the library's live counters say, as struct cache_counts. */
#ifndef USER_BUNDLETOP_COUNTS_H
#define USER_BUNDLETOP_COUNTS_H

#include "user/kernel/live_counters.h"
#include "user/tables/cache_counts.h"

struct cache_counts counts_of_bundle(const struct pb_counters *c);

/* The library does not count a model's errors: 0. */
struct cache_counts counts_of_model(const struct pb_model_counters *m);

#endif
