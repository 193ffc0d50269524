/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eviction. A hit on a model may race with its eviction: the hit first counts its view and then checks that the
 * model is there; the eviction first takes the model away (data = NULL) and then checks for views. These steps
 * are sequentially consistent, so at least one side notices the other: either the eviction sees the view and
 * puts the model back, or the hit sees that it has gone. Pages are pinned under the lock, where no race can be;
 * the same steps serve for them.
 */
#include "cache.h"

#include "bundle/base/alone.h"
#include "memory.h"

static uint64_t views(const struct pb_paged *p, const struct entry *e)
{
	uint64_t views = 0;
	for (uint64_t i = 0; i < p->counters.stripe_count; i++)
		if (p->stripes[i])
			views += __atomic_load_n(&p->stripes[i]->word[e - p->entries], __ATOMIC_SEQ_CST) &
				 WORD_VIEWS;
	return views;
}

uint64_t cache_pins(const struct pb_paged *p, const struct entry *e)
{
	return entry_is_page(e) ? frame_of(e)->pins : views(p, e);
}

bool cache_take_away(struct pb_paged *p, struct entry *e)
{
	if (cache_pins(p, e)) /* the usual case, in which the model should not vanish for a moment */
		return false;
	point_in_order(&e->data, NULL);
	if (!cache_pins(p, e))
		return true;
	point_in_order(&e->data, e->memory);
	return false;
}

static struct policy *policy_of(const struct pb_paged *p, const struct entry *e)
{
	return entry_is_page(e) ? p->pages.policy : p->policy;
}

static void leave_policy(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	struct policy *policy = policy_of(p, e);
	(reason == EVICT_PRESSURE ? policy_evict : policy_remove)(policy, &e->node);
	/* Ghost lists key on the frame, which is about to be reused: do not let the policy remember it. */
	if (entry_is_page(e) && e->node.queue)
		policy_remove(policy, &e->node);
}

static void count_drop(struct pb_paged *p, struct entry *e, struct entry *model, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	bool evicted = reason == EVICT_PRESSURE || reason == EVICT_EXPLICIT;
	COUNT(c->evictions, evicted);
	COUNT(model->evictions, evicted);
	COUNT(c->prefetch_wasted, e->prefetched);
	COUNT(model->prefetch_wasted, e->prefetched);
	if (e != model)
		return;
	COUNT(c->cleared, !evicted);
	if (e->prefetched)
		handle_release_budget(p, e);
	SET(e->prefetched, false);
	SET(e->was_evicted, true);
}

static void drop_page(struct pb_paged *p, struct frame *f)
{
	p->pages.resident--;
	pages_mark_gone(p, f);
	pages_remove(p, f);
}

static void drop_model(struct pb_paged *p, struct entry *e)
{
	COUNT(p->counters.resident_models, -1);
	memory_give(p, e);
}

void cache_drop(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	struct entry *model = entry_is_page(e) ? &p->entries[frame_of(e)->model] : e;
	uint64_t offset = e->offset, size = e->size;
	if (!e->parked)
		leave_policy(p, e, reason);
	SET(e->parked, false);
	COUNT(c->memory_used, -size);
	if (reason != EVICT_CLOSE)
		count_drop(p, e, model, reason);
	if (e == model)
		drop_model(p, e);
	else
		drop_page(p, frame_of(e));
	if (PROBE_ARMED(evict))
		probe_evict(c->bundle, model->name.bytes, offset, size, reason, c->memory_used);
}

/* A pinned victim is removed from the policy ("parked") until released, so it is not offered again at every
 * eviction. A release checks `parked` after it has unpinned; so the pins are checked once more. */
static void park(struct pb_paged *p, struct entry *e)
{
	__atomic_store_n(&e->parked, true, __ATOMIC_SEQ_CST);
	if (cache_pins(p, e))
		policy_remove(policy_of(p, e), &e->node);
	else
		SET(e->parked, false);
}

void cache_unpark(struct pb_paged *p, struct entry *e)
{
	if (!e->parked || cache_pins(p, e))
		return;
	SET(e->parked, false);
	policy_insert(policy_of(p, e), &e->node);
}

bool cache_evict_one(struct pb_paged *p, struct policy *policy, const struct entry *incoming)
{
	struct policy_node *node;
	while ((node = policy_victim(policy, incoming ? &incoming->node : NULL))) {
		struct entry *e = entry_of(node);
		if (cache_take_away(p, e)) {
			cache_drop(p, e, EVICT_PRESSURE);
			return true;
		}
		park(p, e);
	}
	return false;
}

static bool drop_unpinned(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	bool taken = cache_take_away(p, e);
	if (taken)
		cache_drop(p, e, reason);
	return taken;
}

static uint32_t drop_pages(
	struct pb_paged *p, bool all, uint32_t model, enum evict_reason reason, bool *dropped)
{
	uint32_t pinned = 0;
	for (uint32_t i = 0; p->pages.resident > pinned && i < p->pages.used; i++) {
		struct frame *f = &p->pages.frames[i];
		if (!f->entry.data || !(all || f->model == model))
			continue;
		if (drop_unpinned(p, &f->entry, reason))
			*dropped = true;
		else
			pinned++;
	}
	return pinned;
}

uint32_t cache_drop_pages(struct pb_paged *p, uint32_t model, enum evict_reason reason, bool *dropped)
{
	return drop_pages(p, false, model, reason, dropped);
}

uint32_t cache_drop_all(struct pb_paged *p, enum evict_reason reason)
{
	uint32_t pinned = 0;
	bool dropped;
	for (uint32_t i = 0; p->counters.resident_models > pinned && i < p->manifest.count; i++) {
		struct entry *e = &p->entries[i];
		pinned += e->data && !drop_unpinned(p, e, reason);
	}
	return pinned + drop_pages(p, true, 0, reason, &dropped);
}
