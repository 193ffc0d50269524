/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle's background thread, which loads predicted models while no get waits for a load. */
#ifndef BUNDLE_CACHE_AHEAD_H
#define BUNDLE_CACHE_AHEAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bundle/predict/predictor.h"

#define AHEAD_UNUSED 64

struct pb_paged;

struct ahead {
	pthread_t thread;
	pthread_cond_t work;
	bool running, stop;
	uint32_t models[PREDICT_MOST]; /* to be loaded, in this order */
	enum load_cause causes[PREDICT_MOST];
	uint32_t count;
	uint32_t expected[PREDICT_MOST]; /* the last prediction, resident or not */
	uint32_t expecting;
	uint64_t bytes;                /* of models prefetched, or being prefetched, and not asked for yet */
	uint32_t unused[AHEAD_UNUSED]; /* a ring of the models it has loaded: candidates to be dropped */
	uint32_t loaded;               /* how many models it has loaded; the ring's next index */
};

/* Queues models for loading, before those that are queued already; if there are too many, the last are
 * forgotten. Starts the thread if needed. Under the lock. */
void ahead_ask(struct pb_paged *paged, const uint32_t *models, unsigned int count, enum load_cause cause);

/* In a forked child, which has no such thread. Under the lock. */
void ahead_after_fork(struct pb_paged *paged);

/* Ends the thread, after its current read. ahead_ask starts it again. Not under the lock. */
void ahead_stop(struct pb_paged *paged);

#endif
