/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefetches: predicted by a predictor, planned or hinted at by the application. */
#include "prefetch.h"

#include <stdlib.h>
#include <string.h>

#include "load_ahead.h"

/* Threads do not wait for a predictor: while one uses its state, others neither learn nor predict. */
static unsigned int predict(
	struct pb_paged *p, struct stripe *s, uint32_t model, uint32_t *next, enum load_cause *cause)
{
	const struct predictor_ops *ops = p->predictor_ops;
	unsigned int most = p->config.prefetch_count, count = 0;
	uint32_t last = history_remember(&s->history, model);
	most = most < PREDICT_MOST ? most : PREDICT_MOST;
	*cause = ops->cause;
	if (!ops->create && !SEEN(p->planned))
		return ops->after(NULL, &s->history, last, model, most, next);
	if (pthread_mutex_trylock(&p->predict_lock) != 0)
		return 0;
	if (p->plan) {
		*cause = CAUSE_PLAN;
		count = predict_plan.after(p->plan, &s->history, last, model, most, next);
	} else {
		count = ops->after(p->predictor, &s->history, last, model, most, next);
	}
	pthread_mutex_unlock(&p->predict_lock);
	return count;
}

/* Now, or by the background thread. */
static void load_predicted(
	struct pb_paged *p, const uint32_t *next, unsigned int count, enum load_cause cause)
{
	handle_lock(p);
	if (p->config.prefetch_background)
		ahead_ask(p, next, count, cause);
	for (unsigned int i = 0; !p->config.prefetch_background && i < count; i++) {
		struct entry *e = &p->entries[next[i]];
		if (!e->data && !e->loading)
			load_ahead(p, e, cause);
	}
	handle_unlock(p);
}

static bool all_resident(const struct pb_paged *p, const uint32_t *models, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (!SEEN(p->entries[models[i]].data))
			return false;
	return true;
}

void prefetch_after(struct pb_paged *p, struct stripe *s, uint32_t model)
{
	uint32_t next[PREDICT_MOST];
	enum load_cause cause;
	/* of threads that share the stripe, one at a time; gets of others meanwhile are not remembered */
	if (__atomic_exchange_n(&s->busy, 1, __ATOMIC_ACQUIRE))
		return;
	unsigned int count = predict(p, s, model, next, &cause);
	__atomic_store_n(&s->busy, 0, __ATOMIC_RELEASE);
	if (!all_resident(p, next, count))
		load_predicted(p, next, count, cause);
}

int pb_plan(struct pb_paged *p, const size_t *models, size_t count)
{
	uint32_t next[PREDICT_MOST];
	if (!p || (count && !models))
		return fail(PB_ERR_ARGUMENT, "pb_plan needs a bundle and models");
	for (size_t i = 0; i < count; i++)
		if (models[i] >= p->manifest.count)
			return fail(PB_ERR_NOT_FOUND, "model %zu of %u", models[i], p->manifest.count);
	struct predictor *plan = count ? plan_new(models, count) : NULL, *old;
	if (count && !plan)
		return fail(PB_ERR_MEMORY, "a plan of %zu models", count);
	unsigned int most = p->config.prefetch_count < PREDICT_MOST ? p->config.prefetch_count : PREDICT_MOST;
	unsigned int first = plan ? plan_first(plan, most, next) : 0;
	pthread_mutex_lock(&p->predict_lock);
	old = p->plan;
	p->plan = plan;
	SET(p->planned, plan != NULL);
	pthread_mutex_unlock(&p->predict_lock);
	free(old);
	if (p->config.prefetch)
		load_predicted(p, next, first, CAUSE_PLAN);
	return PB_OK;
}

static int hint(struct pb_paged *p, struct entry *e)
{
	if (!e)
		return PB_OK;
	handle_lock(p);
	int err = e->data || e->loading ? PB_OK : load_ahead(p, e, CAUSE_HINT);
	handle_unlock(p);
	return err;
}

int pb_hint(struct pb_paged *p, const char *name)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_hint needs a bundle and a name");
	return hint(p, handle_find(p, name, strlen(name)));
}

int pb_hint_at(struct pb_paged *p, size_t index)
{
	if (!p)
		return fail(PB_ERR_ARGUMENT, "pb_hint_at needs a bundle");
	return hint(p, index < p->manifest.count ? &p->entries[index] : NULL);
}
