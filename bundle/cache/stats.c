/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in memory, and what has been counted. */
#include <string.h>

#include "handle.h"

/* An eviction takes the model away for a moment before it notices a view: check again under the lock. */
static bool is_cached(const struct pb_paged *p, const struct entry *e)
{
	if (SEEN(e->data))
		return true;
	handle_lock_query(p);
	bool resident = e->data;
	handle_unlock_query(p);
	return resident;
}

bool pb_is_cached(const struct pb_paged *p, const char *name)
{
	const struct entry *e = name ? handle_find(p, name, strlen(name)) : NULL;
	return e && is_cached(p, e);
}

bool pb_is_cached_at(const struct pb_paged *p, size_t index)
{
	return index < p->manifest.count && is_cached(p, &p->entries[index]);
}

static struct pb_counters counters_now(const struct pb_paged *p)
{
	struct pb_counters c = p->counters;
	c.hits += handle_hits(p);
	return c;
}

void pb_stats_get(const struct pb_paged *p, struct pb_stats *stats)
{
	handle_lock_query(p);
	const struct pb_counters now = counters_now(p), base = p->baseline, *c = &now, *from = &base;
	uint64_t pages = p->pages.resident;
	handle_unlock_query(p);
	struct pb_stats all = {
		.struct_size = stats->struct_size,
		.hits = c->hits - from->hits,
		.misses = c->misses - from->misses,
		.evictions = c->evictions - from->evictions,
		.bytes_loaded = c->bytes_loaded - from->bytes_loaded,
		.memory_used = c->memory_used,
		.cached_count = c->resident_models,
		.prefetches = c->prefetches - from->prefetches,
		.prefetch_used = c->prefetch_used - from->prefetch_used,
		.prefetch_wasted = c->prefetch_wasted - from->prefetch_wasted,
		.reloads = c->reloads - from->reloads,
		.cached_pages = pages,
		.policy_changes = c->policy_changes - from->policy_changes,
		.policy = (enum pb_policy)c->policy,
	};
	memcpy(stats, &all, stats->struct_size < sizeof(all) ? stats->struct_size : sizeof(all));
}

void pb_stats_reset(struct pb_paged *p)
{
	handle_lock_query(p);
	p->baseline = counters_now(p);
	handle_unlock_query(p);
}

double pb_hit_rate(const struct pb_stats *stats)
{
	uint64_t gets = stats->hits + stats->misses;
	return gets ? (double)stats->hits / (double)gets : 0.0;
}
