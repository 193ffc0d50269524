/* SPDX-License-Identifier: BSD-2-Clause */
#include "ahead.h"

#include <signal.h>
#include <string.h>

#include "cache.h"
#include "load_ahead.h"

static bool wants(const struct entry *e)
{
	return !e->data && !e->loading;
}

static bool is_expected(const struct ahead *a, uint32_t model)
{
	for (uint32_t i = 0; i < a->expecting; i++)
		if (a->expected[i] == model)
			return true;
	return false;
}

/* Drops the oldest prefetched model that was not asked for and is no longer expected: a wrong guess. */
static void drop_oldest_unused(struct pb_paged *p)
{
	struct ahead *a = &p->ahead;
	uint32_t kept = a->loaded < AHEAD_UNUSED ? a->loaded : AHEAD_UNUSED;
	for (uint32_t i = a->loaded - kept; i != a->loaded; i++) {
		struct entry *e = &p->entries[a->unused[i % AHEAD_UNUSED]];
		if (e->data && e->prefetched && !is_expected(a, a->unused[i % AHEAD_UNUSED]) &&
			cache_take_away(p, e)) {
			cache_drop(p, e, EVICT_PRESSURE);
			return;
		}
	}
}

static bool within_budget(const struct pb_paged *p, uint64_t size)
{
	return p->ahead.bytes <= p->config.prefetch_bytes &&
	       size <= p->config.prefetch_bytes - p->ahead.bytes;
}

static void load_one(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	struct ahead *a = &p->ahead;
	if (!wants(e) || e->size > p->config.prefetch_bytes)
		return;
	if (!within_budget(p, e->size))
		drop_oldest_unused(p);
	if (!within_budget(p, e->size))
		return;
	a->unused[a->loaded++ % AHEAD_UNUSED] = (uint32_t)(e - p->entries);
	load_ahead(p, e, cause);
}

static void take_next(struct pb_paged *p)
{
	struct ahead *a = &p->ahead;
	struct entry *e = &p->entries[a->models[0]];
	enum load_cause cause = a->causes[0];
	a->count--;
	memmove(a->models, a->models + 1, a->count * sizeof(*a->models));
	memmove(a->causes, a->causes + 1, a->count * sizeof(*a->causes));
	load_one(p, e, cause);
}

static void *work(void *arg)
{
	struct pb_paged *p = arg;
	struct ahead *a = &p->ahead;
	handle_lock(p);
	while (!a->stop) {
		if (a->count == 0)
			pthread_cond_wait(&a->work, &p->lock);
		else if (p->demanded) /* a get waits for a read: yield to it */
			handle_wait(p);
		else
			take_next(p);
	}
	handle_unlock(p);
	return NULL;
}

/* All signals are blocked: the thread must not run the program's handlers. */
static bool start(struct pb_paged *p)
{
	sigset_t all, before;
	p->ahead.stop = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->ahead.running = pthread_create(&p->ahead.thread, NULL, work, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p->ahead.running;
}

/* Inserts a model at position `kept`, behind those of this prediction that are in; moves it there if it is
 * queued already. */
static void put(struct ahead *a, uint32_t kept, uint32_t model, enum load_cause cause)
{
	uint32_t i = 0;
	while (i < a->count && a->models[i] != model)
		i++;
	if (i < kept)
		return;
	if (i == a->count)
		a->count += a->count < PREDICT_MOST;
	for (i = i < a->count ? i : a->count - 1; i > kept; i--) {
		a->models[i] = a->models[i - 1];
		a->causes[i] = a->causes[i - 1];
	}
	a->models[kept] = model;
	a->causes[kept] = cause;
}

void ahead_ask(struct pb_paged *p, const uint32_t *models, unsigned int count, enum load_cause cause)
{
	struct ahead *a = &p->ahead;
	uint32_t kept = 0;
	a->expecting = count < PREDICT_MOST ? count : PREDICT_MOST;
	memcpy(a->expected, models, a->expecting * sizeof(*models));
	for (unsigned int i = 0; i < count && kept < PREDICT_MOST; i++)
		if (wants(&p->entries[models[i]]))
			put(a, kept++, models[i], cause);
	if (kept && (a->running || start(p)))
		pthread_cond_signal(&a->work);
}

void ahead_after_fork(struct pb_paged *p)
{
	p->ahead.running = false;
	p->ahead.count = 0;
	pthread_cond_init(&p->ahead.work, NULL);
}

void ahead_stop(struct pb_paged *p)
{
	pthread_mutex_lock(&p->lock);
	bool running = p->ahead.running;
	p->ahead.stop = true;
	p->ahead.count = 0;
	pthread_cond_signal(&p->ahead.work);
	pthread_cond_broadcast(&p->loaded);
	pthread_mutex_unlock(&p->lock);
	if (running)
		pthread_join(p->ahead.thread, NULL);
	p->ahead.running = false;
}
