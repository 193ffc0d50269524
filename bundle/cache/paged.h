/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside a paged bundle. paged.c opens, closes and answers questions; views.c hands models out; cache.c makes
 * room; load.c reads; prefetch.c looks ahead; fork.c sees to forked children.
 *
 * Threads. Names, sizes and places in the file never change. A hit takes no lock (stripe.h). All else that
 * changes does so under the handle's lock, which nobody holds while reading from the file: a model that is
 * being read is marked, and who wants it meanwhile waits for `loaded`.
 */
#ifndef BUNDLE_CACHE_PAGED_H
#define BUNDLE_CACHE_PAGED_H

#include <pthread.h>

#include "ahead.h"
#include "bundle/base/counting.h"
#include "entry.h"
#include "bundle/base/error.h"
#include "bundle/io/file.h"
#include "bundle/format/format.h"
#include "bundle/io/map.h"
#include "bundle/observe/open_list.h"
#include "bundle/io/overlap.h"
#include "pages.h"
#include "bundle/policy/policy.h"
#include "bundle/base/pool.h"
#include "bundle/observe/probes.h"
#include "bundle/format/source.h"
#include "stripe.h"

struct pb_paged {
	/* What hits read. */
	struct entry *entries;
	struct manifest manifest; /* entry i is manifest.models[i], and manifest.names finds both */
	struct pb_config config;
	struct stripe *stripes[THREAD_IDS]; /* by thread_id(); NULL: none yet */
	struct stripe *first;               /* made at open, for the first thread that comes */
	char *path;
	const char *map; /* the file, with PB_READ_MAPPED; else NULL */
	bool several;    /* threads have been seen here. Atomic */
	bool planned;    /* there is a plan. Atomic */
	const struct predictor_ops *predictor_ops;

	/* The rest: under the lock. */
	_Alignas(64) struct pb_counters counters;
	pthread_mutex_t lock;
	pthread_cond_t loaded;
	uint64_t reserved; /* bytes of models that are being read */
	uint32_t loading;  /* how many they are */
	uint32_t demanded; /* those of them that a get needs now. Atomic */
	uint32_t waiting;  /* threads, for one of them */
	struct ahead ahead;
	struct policy *policy;
	struct pool pool;
	struct pages pages;
	struct pb_counters baseline; /* the counters at the last reset */
	struct file file;            /* with rules of its own, as has the next */
	struct source source;        /* of the manifest and the file */
	struct overlap overlap;
	struct pb_paged *prev, *next; /* of the process, for fork.c */

	pthread_mutex_t predict_lock; /* over the last two; taken alone, or before the other one */
	struct predictor *predictor;  /* NULL: it keeps nothing */
	struct predictor *plan;       /* NULL: there is none */
};

/* NULL: there is none. */
struct entry *paged_find(const struct pb_paged *paged, const char *name, size_t len);

/* Counts a failure and reports it to the probe; returns err. Under the lock. */
int paged_error(struct pb_paged *paged, const char *name, int err);

/* The calling thread's stripe. */
struct stripe *paged_stripe_new(struct pb_paged *paged);
static inline struct stripe *paged_stripe(struct pb_paged *paged)
{
	struct stripe *s = __atomic_load_n(&paged->stripes[thread_id()], __ATOMIC_ACQUIRE);
	return __builtin_expect(s != NULL, 1) ? s : paged_stripe_new(paged);
}

/* Hits of all threads since it was opened. */
uint64_t paged_hits(const struct pb_paged *paged);

/* --- cache.c: all under the lock, but for the lock itself --- */

/* The policy has then seen all hits of before, in a single thread's order. */
void cache_lock(struct pb_paged *paged);
/* Frees what was retired meanwhile. */
void cache_unlock(struct pb_paged *paged);
/* Shows the hits of late to the policy, unless somebody is at it. Not under the lock. */
void cache_drain(struct pb_paged *paged);

/* Evicts until `size` more bytes fit, or nothing is left that may go. LIMIT: they do not, and have to. */
int cache_make_room(struct pb_paged *paged, uint64_t size, const struct entry *incoming);
bool cache_fits(const struct pb_paged *paged, uint64_t size);

/* Makes a model that is not pinned and not resident to everyone; false: somebody holds it. cache_drop must
 * follow. */
bool cache_take_away(struct pb_paged *paged, struct entry *entry);
/* Out of memory with it; it was taken away. */
void cache_drop(struct pb_paged *paged, struct entry *entry, enum evict_reason reason);

/* Views of a model that are not released. */
uint64_t cache_views(const struct pb_paged *paged, const struct entry *entry);

/* A view was released: if it was the last of a model that the policy met while pinned, it sees it again. Not
 * under the lock. */
void cache_unpark(struct pb_paged *paged, struct entry *entry);

/* --- views.c --- */

/* What a view is of, in its opaque[0]: a model, with the stripe that counts it, or one of these. */
#define VIEW_OF_PAGE 1u /* a struct frame; opaque[1] the bundle */
#define VIEW_OF_COPY 2u /* memory to free; opaque[1] the bundle */
#define VIEW_KINDS   3u

/* Whether a model is there; then it is a hit, and pinned. */
bool views_if_resident(struct pb_paged *paged, size_t index, struct pb_view *view);

/* Pins a model that is there, after a miss. Under the lock. */
void views_after_miss(struct pb_paged *paged, size_t index, struct pb_view *view);

/* Counts and reports a miss. Under the lock. */
void views_miss(struct pb_paged *paged, struct entry *entry);

/* --- load.c: under the lock --- */

/* BOUNDS if the file cannot hold the model. */
int load_check_bounds(const struct pb_paged *paged, const struct entry *entry);

/* Reads a model that is neither resident nor being read. The lock is let go meanwhile. LOAD_GIVEN_UP: it was
 * read ahead, and the bundle is to be closed. */
#define LOAD_GIVEN_UP 1
int load_model(struct pb_paged *paged, struct entry *entry, enum load_cause cause);

/* The steps of that, for who reads several: those between the first two and the last without the lock.
 * load_finish ends it in any case, and returns `err`. */
uint64_t load_clock(void);
void load_begin(struct pb_paged *paged, struct entry *entry, enum load_cause cause);
int load_find_memory(struct pb_paged *paged, struct entry *entry);
int load_read(struct pb_paged *paged, struct entry *entry, bool background); /* with the memory */
int load_finish(struct pb_paged *paged, struct entry *entry, enum load_cause cause, uint64_t start, int err);

/* A model's memory is kept for others; mapped, the kernel may have it. Under the lock. */
void load_give_memory(struct pb_paged *paged, struct entry *entry);

/* Until a model that is being read, some model, is there or has failed. */
void load_wait(struct pb_paged *paged);
/* Loads of models end here and there; whoever waits for one looks again. */
void load_wake(struct pb_paged *paged);

/* --- prefetch.c --- */

/* After a successful get: remembers it and loads what is likely to follow. Not under the lock. */
void prefetch_after(struct pb_paged *paged, struct stripe *stripe, uint32_t model);

/* Loads a model that nobody asked for yet, neither resident nor being read. Under the lock. */
int prefetch_load(struct pb_paged *paged, struct entry *entry, enum load_cause source);

/* --- fork.c --- */

/* A forked child can use the handle, as far as the file can be shared. false: out of memory. */
bool fork_register(struct pb_paged *paged);
void fork_unregister(struct pb_paged *paged);

#endif
