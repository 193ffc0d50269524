/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle's own thread that loads what was predicted, while nobody waits for a load. */
#ifndef BUNDLE_CACHE_AHEAD_H
#define BUNDLE_CACHE_AHEAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bundle/predict/predictor.h"

#define AHEAD_UNUSED 64

struct pb_paged;
struct entry;

struct ahead {
	pthread_t thread;
	pthread_cond_t work;
	bool running, stop;
	uint32_t models[PREDICT_MOST]; /* to be loaded, in this order */
	enum load_cause causes[PREDICT_MOST];
	uint32_t count;
	uint32_t expected[PREDICT_MOST]; /* by the last prediction, resident or not */
	uint32_t expecting;
	uint64_t bytes;                /* prefetched and not asked for yet, or being prefetched */
	uint32_t unused[AHEAD_UNUSED]; /* a ring of what it loaded last: the oldest goes first */
	uint32_t loaded;               /* in all */
};

/* All but the last under the bundle's lock. */

/* These are likely to be asked for soon; what older predictions asked for comes after them, or is given up. */
void ahead_ask(struct pb_paged *paged, const uint32_t *models, unsigned int count, enum load_cause cause);

/* A prefetched model was asked for, or has gone. */
void ahead_settled(struct pb_paged *paged, const struct entry *entry);

/* In a forked child there is no such thread. */
void ahead_after_fork(struct pb_paged *paged);

/* Ends the thread, when its read of the moment is done. Another ask starts it again. Not under the lock. */
void ahead_stop(struct pb_paged *paged);

#endif
