/* SPDX-License-Identifier: BSD-2-Clause */
/* Models are handed out and given back, and dropped when asked to. */
#include <stdlib.h>
#include <string.h>

#include "bundle/base/alone.h"
#include "paged.h"

/* A prefetched model's first hit. It is pinned. */
static void first_hit(struct pb_paged *p, struct entry *e)
{
	cache_lock(p);
	if (e->prefetched)
		ahead_settled(p, e);
	COUNT(e->prefetch_used, e->prefetched);
	COUNT(p->counters.prefetch_used, e->prefetched);
	SET(e->prefetched, false);
	cache_unlock(p);
}

/* An eviction that met the short-lived pin may have parked the model for it. */
static __attribute__((noinline)) void unpin(struct stripe *s, struct entry *e, size_t index)
{
	add_in_order(&s->word[index], -(WORD_HIT | WORD_VIEW));
	if (__atomic_load_n(&e->parked, __ATOMIC_SEQ_CST))
		cache_unpark(s->paged, e);
}

/* Pins a model for a hit, if it is there and its word has room. */
static inline bool pin(struct stripe *s, struct entry *e, size_t index)
{
	if (!SEEN(e->data))
		return false;
	uint64_t before = add_in_order(&s->word[index], WORD_HIT | WORD_VIEW);
	if (__builtin_expect(__atomic_load_n(&e->data, __ATOMIC_SEQ_CST) && !(before & WORD_FULL), 1))
		return true;
	unpin(s, e, index);
	return false;
}

/* What is left of a hit when the model is pinned. */
static inline void hit(struct pb_paged *p, struct stripe *s, struct entry *e, size_t index, bool *drain)
{
	*drain = stripe_touch(s, (uint32_t)index) && !SEEN(p->several);
	if (__builtin_expect(SEEN(e->prefetched), 0))
		first_hit(p, e);
	if (PROBE_ARMED(hit))
		probe_hit(p->counters.bundle, e->name.bytes, e->offset, e->size);
}

/* --- under the lock: misses, and hits that met an eviction --- */

void views_miss(struct pb_paged *p, struct entry *e)
{
	struct pb_counters *c = &p->counters;
	COUNT(c->misses, 1);
	COUNT(e->misses, 1);
	COUNT(c->reloads, e->was_evicted);
	COUNT(e->reloads, e->was_evicted);
	if (PROBE_ARMED(miss))
		probe_miss(c->bundle, e->name.bytes, e->offset, e->size);
}

/* Hits go to the model's own count before the word has no room for them. For views there is none. */
static int make_word_fit(struct entry *e, uint64_t *word)
{
	uint64_t now = SEEN(*word), hits = now & ~WORD_VIEWS;
	COUNT(e->hits, hits / WORD_HIT);
	__atomic_fetch_sub(word, hits, __ATOMIC_RELAXED);
	if (now & WORD_HIT >> 1)
		return fail(PB_ERR_PINNED, "model '%s': 2^%d views", e->name.bytes, PB_VIEW_BITS - 1);
	return PB_OK;
}

static int bring(struct pb_paged *p, struct entry *e, bool *missed)
{
	bool told = false; /* the policy of the miss */
	while (!e->data) {
		if (!*missed)
			views_miss(p, e);
		*missed = true;
		if (e->loading) {
			SET(e->wanted, true);
			load_wake(p); /* it may be standing back */
			load_wait(p);
			continue;
		}
		int err = load_check_bounds(p, e);
		if (err)
			return err;
		if (!told)
			policy_miss(p->policy, &e->node);
		told = true;
		err = cache_make_room(p, e->size, e);
		if (err && p->loading && e->size <= p->config.max_memory) {
			load_wait(p); /* what is being read now may be able to go then */
			continue;
		}
		if (!err)
			err = load_model(p, e, CAUSE_DEMAND);
		if (err)
			return err;
	}
	return PB_OK;
}

static __attribute__((noinline)) int get_slowly(struct pb_paged *p, struct stripe *s, size_t index)
{
	struct entry *e = &p->entries[index];
	bool missed = false, drain;
	cache_lock(p);
	int err = SEEN(s->word[index]) & WORD_FULL ? make_word_fit(e, &s->word[index]) : PB_OK;
	if (!err)
		err = bring(p, e, &missed);
	if (err)
		err = paged_error(p, e->name.bytes, err);
	else
		add_in_order(&s->word[index], missed ? WORD_VIEW : WORD_HIT | WORD_VIEW);
	cache_unlock(p);
	if (!err && !missed) {
		hit(p, s, e, index, &drain);
		if (drain)
			cache_drain(p);
	}
	return err;
}

static inline int get(struct pb_paged *p, size_t index, struct pb_view *view)
{
	struct stripe *s = paged_stripe(p);
	struct entry *e = &p->entries[index];
	bool drain = false;
	if (__builtin_expect(pin(s, e, index), 1)) {
		hit(p, s, e, index, &drain);
		if (__builtin_expect(drain, 0))
			cache_drain(p);
	} else {
		int err = get_slowly(p, s, index);
		if (err)
			return err;
	}
	/* not e->data, which an eviction may take away for a moment */
	*view = (struct pb_view){ e->memory, (size_t)e->size, { s, (void *)(uintptr_t)index } };
	if (p->config.prefetch)
		prefetch_after(p, s, (uint32_t)index);
	return PB_OK;
}

void views_after_miss(struct pb_paged *p, size_t index, struct pb_view *view)
{
	struct stripe *s = __atomic_load_n(&p->stripes[thread_id()], __ATOMIC_ACQUIRE);
	struct entry *e = &p->entries[index];
	s = s ? s : p->first;
	add_in_order(&s->word[index], WORD_VIEW);
	*view = (struct pb_view){ e->memory, (size_t)e->size, { s, (void *)(uintptr_t)index } };
}

bool views_if_resident(struct pb_paged *p, size_t index, struct pb_view *view)
{
	struct stripe *s = paged_stripe(p);
	struct entry *e = &p->entries[index];
	bool drain;
	if (!pin(s, e, index))
		return false;
	hit(p, s, e, index, &drain);
	if (drain)
		cache_drain(p);
	*view = (struct pb_view){ e->memory, (size_t)e->size, { s, (void *)(uintptr_t)index } };
	return true;
}

static int miss_unknown(struct pb_paged *p, const char *name)
{
	cache_lock(p);
	COUNT(p->counters.misses, 1);
	if (PROBE_ARMED(miss))
		probe_miss(p->counters.bundle, name, 0, 0);
	int err = paged_error(p, name, fail(PB_ERR_NOT_FOUND, "model '%s'", name));
	cache_unlock(p);
	return err;
}

int pb_get(struct pb_paged *p, const char *name, struct pb_view *view)
{
	if (!p || !name || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get needs a bundle, a name and a view");
	struct entry *e = paged_find(p, name, strlen(name));
	return e ? get(p, (size_t)(e - p->entries), view) : miss_unknown(p, name);
}

int pb_get_at(struct pb_paged *p, size_t index, struct pb_view *view)
{
	if (!p || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get_at needs a bundle and a view");
	return index < p->manifest.count ? get(p, index, view) : miss_unknown(p, "");
}

/* Of a part of a model. */
static void release_part(struct pb_view *view)
{
	uintptr_t kind = (uintptr_t)view->opaque[0] & VIEW_KINDS;
	void *of = (void *)((uintptr_t)view->opaque[0] - kind);
	struct pb_paged *p = view->opaque[1];
	*view = (struct pb_view){ 0 };
	if (kind == VIEW_OF_COPY) {
		free(of);
		return;
	}
	cache_lock(p);
	pages_unpin(p, of);
	cache_unlock(p);
}

void pb_release(struct pb_view *view)
{
	struct stripe *s = view ? view->opaque[0] : NULL;
	if (!s)
		return;
	if (__builtin_expect((uintptr_t)s & VIEW_KINDS, 0)) {
		release_part(view);
		return;
	}
	size_t index = (size_t)(uintptr_t)view->opaque[1];
	struct pb_paged *p = s->paged;
	struct entry *e = &p->entries[index];
	*view = (struct pb_view){ 0 };
	add_in_order(&s->word[index], -WORD_VIEW);
	if (__builtin_expect(__atomic_load_n(&e->parked, __ATOMIC_SEQ_CST), 0))
		cache_unpark(p, e);
}

static int evict(struct pb_paged *p, struct entry *e, bool *evicted)
{
	int err = PB_OK;
	cache_lock(p);
	bool resident = e && e->data, pages = false;
	if (e && p->pages.resident && pages_drop_of(p, (uint32_t)(e - p->entries), EVICT_EXPLICIT, &pages))
		err = fail(PB_ERR_PINNED, "model '%s': a view of a page", e->name.bytes);
	if (resident && !cache_take_away(p, e))
		err = fail(PB_ERR_PINNED, "model '%s': %llu views", e->name.bytes,
			(unsigned long long)cache_views(p, e));
	else if (resident)
		cache_drop(p, e, EVICT_EXPLICIT);
	cache_unlock(p);
	if (!err && evicted)
		*evicted = resident || pages;
	return err;
}

int pb_evict(struct pb_paged *p, const char *name, bool *evicted)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_evict needs a bundle and a name");
	return evict(p, paged_find(p, name, strlen(name)), evicted);
}

int pb_evict_at(struct pb_paged *p, size_t index, bool *evicted)
{
	if (!p)
		return fail(PB_ERR_ARGUMENT, "pb_evict_at needs a bundle");
	return evict(p, index < p->manifest.count ? &p->entries[index] : NULL, evicted);
}

int pb_clear(struct pb_paged *p)
{
	uint32_t pinned = 0;
	cache_lock(p);
	for (uint32_t i = 0; p->counters.resident_models > pinned && i < p->manifest.count; i++) {
		struct entry *e = &p->entries[i];
		if (!e->data)
			continue;
		if (cache_take_away(p, e))
			cache_drop(p, e, EVICT_CLEAR);
		else
			pinned++;
	}
	pinned += pages_drop_all(p, EVICT_CLEAR);
	cache_unlock(p);
	return pinned ? fail(PB_ERR_PINNED, "%u models or pages", pinned) : PB_OK;
}
