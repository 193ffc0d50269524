/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The struct behind a bundle's handle, its lock, and what every file of this room needs.
 *
 * Threads: names, sizes and offsets never change. A hit takes no lock (stripe.h). All other state changes
 * under the handle's lock, which is never held while reading from the file: the model is marked as loading,
 * and threads that want it wait (handle_wait).
 */
#ifndef BUNDLE_CACHE_HANDLE_H
#define BUNDLE_CACHE_HANDLE_H

#include <pthread.h>

#include "ahead.h"
#include "bundle/base/counting.h"
#include "bundle/base/error.h"
#include "bundle/base/pool.h"
#include "bundle/format/source.h"
#include "bundle/io/overlap.h"
#include "bundle/observe/probes.h"
#include "entry.h"
#include "pages.h"
#include "stripe.h"

struct pb_paged {
	/* What hits read. */
	struct entry *entries;
	struct manifest manifest; /* entry i is manifest.models[i]; manifest.names finds both */
	struct pb_config config;
	struct stripe *stripes[THREAD_IDS]; /* by thread_id(); NULL: none yet */
	struct stripe *first;               /* made at open, for the first thread that needs one */
	char *path;
	const char *map; /* PB_READ_MAPPED: the mapped file; else NULL */
	bool several;    /* a second thread has used the handle. Atomic */
	bool planned;    /* `plan` is not NULL. Atomic */
	const struct predictor_ops *predictor_ops;

	/* The rest: under the lock. */
	_Alignas(64) struct pb_counters counters;
	pthread_mutex_t lock;
	pthread_cond_t loaded; /* see handle_wait */
	uint64_t reserved;     /* bytes of models and pages being read */
	uint32_t loading;      /* models, and runs of pages, being read */
	uint32_t demanded;     /* models being read for a get. Atomic */
	uint32_t waiting;      /* threads in handle_wait */
	struct ahead ahead;
	struct policy *policy; /* of models */
	struct pool pool;
	struct pages pages;
	struct pb_counters baseline; /* the counters at the last pb_stats_reset */
	struct file file;            /* thread-safe, as are the next two */
	struct source source;        /* of the manifest and the file */
	struct overlap overlap;
	struct pb_paged *prev, *next; /* in fork.c's list */

	pthread_mutex_t predict_lock; /* guards the last two; never taken while holding `lock` */
	struct predictor *predictor;  /* NULL: it has no state */
	struct predictor *plan;       /* NULL: there is none */
};

/* On return the policy has been shown every hit made so far, in each thread's own order. */
void handle_lock(struct pb_paged *paged);
/* Also frees retired buffers. */
void handle_unlock(struct pb_paged *paged);

/* Flushes recent hits to the policy; does nothing if another thread holds the lock. Not under the lock. */
void handle_drain(struct pb_paged *paged);

/* The lock for a read-only query: callers hold a const handle. */
static inline void handle_lock_query(const struct pb_paged *p)
{
	pthread_mutex_lock((pthread_mutex_t *)&p->lock);
}

static inline void handle_unlock_query(const struct pb_paged *p)
{
	pthread_mutex_unlock((pthread_mutex_t *)&p->lock);
}

/* Releases the lock until a load, any load, has ended, or handle_wake is called for another reason; the caller
 * re-checks what it waits for. Under the lock; no cancellation point. */
void handle_wait(struct pb_paged *paged);
/* Wakes every thread in handle_wait. Under the lock. */
static inline void handle_wake(struct pb_paged *p)
{
	if (p->waiting)
		pthread_cond_broadcast(&p->loaded);
}

/* NULL: there is no model of that name. */
static inline struct entry *handle_find(const struct pb_paged *p, const char *name, size_t len)
{
	uint32_t index = names_find(&p->manifest.names, p->entries, sizeof(*p->entries), name, len);
	return index == NAMES_NONE ? NULL : &p->entries[index];
}

/* Whether `size` more bytes are within the limit. Under the lock. */
static inline bool handle_fits(const struct pb_paged *p, uint64_t size)
{
	uint64_t taken = p->counters.memory_used + p->reserved, limit = p->config.max_memory;
	return taken <= limit && size <= limit - taken;
}

/* Releases a prefetched model's bytes from the prefetch budget: it is used for the first time, evicted, or was
 * not loaded after all. Under the lock. */
static inline void handle_release_budget(struct pb_paged *p, const struct entry *e)
{
	p->ahead.bytes -= e->size;
}

/* Counts a failure and fires its probe; returns `err`. Keeps errno. Under the lock. */
int handle_error(struct pb_paged *paged, const char *name, int err);

/* The calling thread's stripe. Not under the lock. */
struct stripe *handle_stripe_new(struct pb_paged *paged);
static inline struct stripe *handle_stripe(struct pb_paged *p)
{
	struct stripe *s = __atomic_load_n(&p->stripes[thread_id()], __ATOMIC_ACQUIRE);
	return __builtin_expect(s != NULL, 1) ? s : handle_stripe_new(p);
}

/* Hits that the stripes have counted since open. */
uint64_t handle_hits(const struct pb_paged *paged);

#endif
