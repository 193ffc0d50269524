/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models leave memory. A view and an eviction may meet: the view first counts itself and then looks whether
 * the model is there; the eviction first takes the model away and then looks for views. In the one order of
 * all these steps (they are sequentially consistent) either the eviction sees the view and gives the model
 * back, or the view sees that it has gone.
 */
#include <inttypes.h>

#include "bundle/base/alone.h"
#include "paged.h"

static bool seen_by_policy(const struct entry *e)
{
	return e->data && !e->parked;
}

/* What a thread hit since it was looked at last. Touches that new ones have overwritten are lost to the
 * policy, never to the counts. That happens when several threads hit more than STRIPE_TOUCHES times and
 * nothing is loaded: then there is nothing to decide, and to sort models meanwhile would make the threads
 * wait for each other's cache lines. */
static void drain_stripe(struct pb_paged *p, struct stripe *s)
{
	uint64_t end = __atomic_load_n(&s->hits, __ATOMIC_ACQUIRE);
	if (end - s->drained > STRIPE_TOUCHES)
		s->drained = end - STRIPE_TOUCHES;
	for (; s->drained != end; s->drained++) {
		struct entry *e = &p->entries[SEEN(s->touches[s->drained & (STRIPE_TOUCHES - 1)])];
		if (seen_by_policy(e))
			policy_touch(p->policy, &e->node);
		else if (e->data)
			e->node.uses++;
	}
}

static void drain(struct pb_paged *p)
{
	for (uint64_t i = 0; i < p->counters.stripe_count; i++)
		if (p->stripes[i])
			drain_stripe(p, p->stripes[i]);
}

void cache_lock(struct pb_paged *p)
{
	pthread_mutex_lock(&p->lock);
	drain(p);
}

void cache_unlock(struct pb_paged *p)
{
	void *retired = pool_retired(&p->pool);
	pthread_mutex_unlock(&p->lock);
	pool_free_retired(retired);
}

void cache_drain(struct pb_paged *p)
{
	if (pthread_mutex_trylock(&p->lock) != 0)
		return;
	drain(p);
	cache_unlock(p);
}

bool cache_fits(const struct pb_paged *p, uint64_t size)
{
	uint64_t taken = p->counters.memory_used + p->reserved, limit = p->config.max_memory;
	return taken <= limit && size <= limit - taken;
}

uint64_t cache_views(const struct pb_paged *p, const struct entry *e)
{
	uint64_t views = 0;
	for (uint64_t i = 0; i < p->counters.stripe_count; i++)
		if (p->stripes[i])
			views += __atomic_load_n(&p->stripes[i]->word[e - p->entries], __ATOMIC_SEQ_CST) &
				 WORD_VIEWS;
	return views;
}

bool cache_take_away(struct pb_paged *p, struct entry *e)
{
	if (cache_views(p, e)) /* most of the time: without a moment in which it seems to be gone */
		return false;
	point_in_order(&e->data, NULL);
	if (!cache_views(p, e))
		return true;
	point_in_order(&e->data, e->memory);
	return false;
}

static void count_drop(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	bool evicted = reason == EVICT_PRESSURE || reason == EVICT_EXPLICIT;
	COUNT(c->evictions, evicted);
	COUNT(e->evictions, evicted);
	COUNT(c->cleared, !evicted);
	COUNT(c->prefetch_wasted, e->prefetched);
	COUNT(e->prefetch_wasted, e->prefetched);
	if (e->prefetched)
		ahead_settled(p, e);
	SET(e->prefetched, false);
	SET(e->was_evicted, true);
}

void cache_drop(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	if (!e->parked)
		(reason == EVICT_PRESSURE ? policy_evict : policy_remove)(p->policy, &e->node);
	SET(e->parked, false);
	load_give_memory(p, e);
	COUNT(c->memory_used, -e->size);
	COUNT(c->resident_models, -1);
	if (reason != EVICT_CLOSE)
		count_drop(p, e, reason);
	if (PROBE_ARMED(evict))
		probe_evict(c->bundle, e->name.bytes, e->offset, e->size, reason, c->memory_used);
}

/* A pinned victim goes out of the policy's sight until it is released, so that it is met once and not at each
 * eviction. Who releases the last view looks at `parked` after that; so its views are looked for once more. */
static void park(struct pb_paged *p, struct entry *e)
{
	__atomic_store_n(&e->parked, true, __ATOMIC_SEQ_CST);
	if (cache_views(p, e))
		policy_remove(p->policy, &e->node);
	else
		SET(e->parked, false);
}

void cache_unpark(struct pb_paged *p, struct entry *e)
{
	cache_lock(p);
	if (e->parked && !cache_views(p, e)) {
		SET(e->parked, false);
		policy_insert(p->policy, &e->node);
	}
	cache_unlock(p);
}

static bool evict_one(struct pb_paged *p, const struct entry *incoming)
{
	struct policy_node *node;
	while ((node = policy_victim(p->policy, incoming ? &incoming->node : NULL))) {
		struct entry *e = entry_of(node);
		if (cache_take_away(p, e)) {
			cache_drop(p, e, EVICT_PRESSURE);
			return true;
		}
		park(p, e);
	}
	return pages_evict_one(p);
}

int cache_make_room(struct pb_paged *p, uint64_t size, const struct entry *incoming)
{
	if (p->config.hard_limit && size > p->config.max_memory)
		return fail(
			PB_ERR_LIMIT, "%" PRIu64 " bytes, the limit is %" PRIu64, size, p->config.max_memory);
	while (!cache_fits(p, size) && evict_one(p, incoming))
		;
	if (p->config.hard_limit && !cache_fits(p, size))
		return fail(PB_ERR_LIMIT,
			"%" PRIu64 " bytes beside %" PRIu64 " in use, the limit is %" PRIu64, size,
			p->counters.memory_used + p->reserved, p->config.max_memory);
	return PB_OK;
}
