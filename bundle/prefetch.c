/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads that nobody asked for yet: what followed a model among the last gets, and what the application hints
 * at. */
#include <string.h>

#include "paged.h"

static int load_ahead(struct pb_paged *p, struct entry *e, enum load_cause source)
{
	int err = cache_check_bounds(p, e);
	if (err)
		return paged_error(p, e->name.bytes, err);
	if (PROBE_ARMED(prefetch))
		probe_prefetch(p->counters.bundle, e->name.bytes, e->offset, e->size, source);
	if (source == CAUSE_HINT)
		cache_make_room(p, e);
	err = cache_load(p, e, source);
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

/* The successors of `model` in the history, oldest first; the first prefetch_count of them are looked at,
 * resident ones too, and loaded if they fit without evicting. */
void prefetch_after(struct pb_paged *p, const struct entry *entry)
{
	struct history *h = &p->history;
	uint32_t model = (uint32_t)(entry - p->entries), taken = 0;
	remember(h, model);
	for (unsigned int i = 0; i + 1 < h->len && taken < p->config.prefetch_count; i++) {
		if (recall(h, i) != model)
			continue;
		taken++;
		struct entry *next = &p->entries[recall(h, i + 1)];
		if (!next->data && cache_fits(p, next->size))
			load_ahead(p, next, CAUSE_HISTORY);
	}
}

static int hint(struct pb_paged *p, struct entry *e)
{
	return e && !e->data ? load_ahead(p, e, CAUSE_HINT) : PB_OK;
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
