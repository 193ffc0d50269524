/* SPDX-License-Identifier: BSD-2-Clause */
/* Views: given to the application, and released by it. Also what it evicts. */
#include "views.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/base/alone.h"
#include "cache.h"
#include "load.h"
#include "page_load.h"
#include "prefetch.h"

/* The first hit on a prefetched model, which is pinned. */
static void first_hit(struct pb_paged *p, struct entry *e)
{
	handle_lock(p);
	if (e->prefetched)
		handle_release_budget(p, e);
	COUNT(e->prefetch_used, e->prefetched);
	COUNT(p->counters.prefetch_used, e->prefetched);
	SET(e->prefetched, false);
	handle_unlock(p);
}

/* After the last view of a model that was parked meanwhile. */
static __attribute__((noinline)) void unpark(struct pb_paged *p, struct entry *e)
{
	handle_lock(p);
	cache_unpark(p, e);
	handle_unlock(p);
}

/* An eviction may have seen the short-lived pin, and parked the model. */
static __attribute__((noinline)) void unpin(struct stripe *s, struct entry *e, size_t index)
{
	add_in_order(&s->word[index], -(WORD_HIT | WORD_VIEW));
	if (__atomic_load_n(&e->parked, __ATOMIC_SEQ_CST))
		unpark(s->paged, e);
}

/* Pins a model for a hit, if it is resident and its word is not half full. */
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

/* The rest of a hit, when the model is pinned. *drain: the touches should be drained. */
static inline void hit(struct pb_paged *p, struct stripe *s, struct entry *e, size_t index, bool *drain)
{
	*drain = stripe_touch(s, (uint32_t)index) && !SEEN(p->several);
	if (__builtin_expect(SEEN(e->prefetched), 0))
		first_hit(p, e);
	if (PROBE_ARMED(hit))
		probe_hit(p->counters.bundle, e->name.bytes, e->offset, e->size);
}

/* --- under the lock: misses, and hits that raced with an eviction --- */

/* Moves the word's hits to the model's own count before they overflow. Views cannot be moved. */
static int make_word_fit(struct entry *e, uint64_t *word)
{
	uint64_t now = SEEN(*word), hits = now & ~WORD_VIEWS;
	COUNT(e->hits, hits / WORD_HIT);
	__atomic_fetch_sub(word, hits, __ATOMIC_RELAXED);
	if (now & WORD_HIT >> 1)
		return fail(PB_ERR_PINNED, "model '%s': 2^%d views", e->name.bytes, PB_VIEW_BITS - 1);
	return PB_OK;
}

static __attribute__((noinline)) int get_slowly(struct pb_paged *p, struct stripe *s, size_t index)
{
	struct entry *e = &p->entries[index];
	bool missed = false, drain;
	handle_lock(p);
	int err = SEEN(s->word[index]) & WORD_FULL ? make_word_fit(e, &s->word[index]) : PB_OK;
	if (!err)
		err = load_demanded(p, e, &missed);
	if (err)
		err = handle_error(p, e->name.bytes, err);
	else
		add_in_order(&s->word[index], missed ? WORD_VIEW : WORD_HIT | WORD_VIEW);
	handle_unlock(p);
	if (!err && !missed) {
		hit(p, s, e, index, &drain);
		if (drain)
			handle_drain(p);
	}
	return err;
}

static inline int get(struct pb_paged *p, size_t index, struct pb_view *view)
{
	struct stripe *s = handle_stripe(p);
	struct entry *e = &p->entries[index];
	bool drain = false;
	if (__builtin_expect(pin(s, e, index), 1)) {
		hit(p, s, e, index, &drain);
		if (__builtin_expect(drain, 0))
			handle_drain(p);
	} else {
		int err = get_slowly(p, s, index);
		if (err)
			return err;
	}
	/* not e->data, which an eviction may set to NULL for a moment */
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
	struct stripe *s = handle_stripe(p);
	struct entry *e = &p->entries[index];
	bool drain;
	if (!pin(s, e, index))
		return false;
	hit(p, s, e, index, &drain);
	if (drain)
		handle_drain(p);
	*view = (struct pb_view){ e->memory, (size_t)e->size, { s, (void *)(uintptr_t)index } };
	return true;
}

static int miss_unknown(struct pb_paged *p, const char *name)
{
	handle_lock(p);
	COUNT(p->counters.misses, 1);
	if (PROBE_ARMED(miss))
		probe_miss(p->counters.bundle, name, 0, 0);
	int err = handle_error(p, name, fail(PB_ERR_NOT_FOUND, "model '%s'", name));
	handle_unlock(p);
	return err;
}

int pb_get(struct pb_paged *p, const char *name, struct pb_view *view)
{
	if (!p || !name || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get needs a bundle, a name and a view");
	struct entry *e = handle_find(p, name, strlen(name));
	return e ? get(p, (size_t)(e - p->entries), view) : miss_unknown(p, name);
}

int pb_get_at(struct pb_paged *p, size_t index, struct pb_view *view)
{
	if (!p || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get_at needs a bundle and a view");
	return index < p->manifest.count ? get(p, index, view) : miss_unknown(p, "");
}

/* A view of a part of a model: of a page, or of a copy. */
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
	handle_lock(p);
	page_unpin(p, of);
	handle_unlock(p);
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
		unpark(p, e);
}

static int evict(struct pb_paged *p, struct entry *e, bool *evicted)
{
	int err = PB_OK;
	handle_lock(p);
	bool resident = e && e->data, pages = false;
	if (e && p->pages.resident && cache_drop_pages(p, (uint32_t)(e - p->entries), EVICT_EXPLICIT, &pages))
		err = fail(PB_ERR_PINNED, "model '%s': a view of a page", e->name.bytes);
	if (resident && !cache_take_away(p, e))
		err = fail(PB_ERR_PINNED, "model '%s': %llu views", e->name.bytes,
			(unsigned long long)cache_pins(p, e));
	else if (resident)
		cache_drop(p, e, EVICT_EXPLICIT);
	handle_unlock(p);
	if (!err && evicted)
		*evicted = resident || pages;
	return err;
}

int pb_evict(struct pb_paged *p, const char *name, bool *evicted)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_evict needs a bundle and a name");
	return evict(p, handle_find(p, name, strlen(name)), evicted);
}

int pb_evict_at(struct pb_paged *p, size_t index, bool *evicted)
{
	if (!p)
		return fail(PB_ERR_ARGUMENT, "pb_evict_at needs a bundle");
	return evict(p, index < p->manifest.count ? &p->entries[index] : NULL, evicted);
}

int pb_clear(struct pb_paged *p)
{
	handle_lock(p);
	uint32_t pinned = cache_drop_all(p, EVICT_CLEAR);
	handle_unlock(p);
	return pinned ? fail(PB_ERR_PINNED, "%u models or pages", pinned) : PB_OK;
}
