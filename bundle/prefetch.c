/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads that nobody asked for yet: what followed a model among the last gets, and what the application hints
 * at. */
#include <string.h>

#include "paged.h"

/* Under the lock. */
static int load_ahead(struct pb_paged *p, struct entry *e, enum load_cause source)
{
	int err = load_check_bounds(p, e);
	if (err)
		return paged_error(p, e->name.bytes, err);
	if (PROBE_ARMED(prefetch))
		probe_prefetch(p->counters.bundle, e->name.bytes, e->offset, e->size, source);
	if (source == CAUSE_HINT)
		cache_make_room(p, e->size);
	err = load_model(p, e, source);
	return err ? paged_error(p, e->name.bytes, err) : PB_OK;
}

static void remember(struct history *h, uint32_t model)
{
	h->models[h->next] = model;
	h->next = h->next + 1 == HISTORY ? 0 : h->next + 1;
	h->len += h->len < HISTORY;
}

/* Model i of the history, 0 the oldest. */
static uint32_t recall(const struct history *h, unsigned int i)
{
	unsigned int at = h->len < HISTORY ? i : h->next + i;
	return h->models[at >= HISTORY ? at - HISTORY : at];
}

/* The successors of `model` in the history, oldest first; the first `most` of them are looked at, resident
 * ones too. */
static unsigned int successors(const struct history *h, uint32_t model, uint32_t most, uint32_t *found)
{
	unsigned int count = 0;
	for (unsigned int i = 0; i + 1 < h->len && count < most; i++)
		if (recall(h, i) == model)
			found[count++] = recall(h, i + 1);
	return count;
}

/* If it fits without evicting. */
static void load_successor(struct pb_paged *p, struct entry *e)
{
	cache_lock(p);
	if (!e->data && !e->loading && cache_fits(p, e->size))
		load_ahead(p, e, CAUSE_HISTORY);
	cache_unlock(p);
}

void prefetch_after(struct pb_paged *p, struct stripe *s, uint32_t model)
{
	uint32_t found[HISTORY];
	/* of threads that share the stripe one at a time; whoever comes meanwhile is not remembered */
	if (__atomic_exchange_n(&s->busy, 1, __ATOMIC_ACQUIRE))
		return;
	remember(&s->history, model);
	unsigned int count = successors(&s->history, model, p->config.prefetch_count, found);
	__atomic_store_n(&s->busy, 0, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < count; i++)
		if (!SEEN(p->entries[found[i]].data))
			load_successor(p, &p->entries[found[i]]);
}

static int hint(struct pb_paged *p, struct entry *e)
{
	if (!e)
		return PB_OK;
	cache_lock(p);
	int err = e->data || e->loading ? PB_OK : load_ahead(p, e, CAUSE_HINT);
	cache_unlock(p);
	return err;
}

int pb_hint(struct pb_paged *p, const char *name)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_hint needs a bundle and a name");
	return hint(p, paged_find(p, name, strlen(name)));
}

int pb_hint_at(struct pb_paged *p, size_t index)
{
	if (!p)
		return fail(PB_ERR_ARGUMENT, "pb_hint_at needs a bundle");
	return hint(p, index < p->manifest.count ? &p->entries[index] : NULL);
}
