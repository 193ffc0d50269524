/* SPDX-License-Identifier: BSD-2-Clause */
/* Models come into memory and leave it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "paged.h"

/* What a resident model of no bytes points to. */
static const char nothing[POOL_ALIGN];

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

bool cache_fits(const struct pb_paged *p, uint64_t size)
{
	return p->counters.memory_used <= p->config.max_memory &&
	       size <= p->config.max_memory - p->counters.memory_used;
}

static void count_drop(struct pb_counters *c, struct entry *e, enum evict_reason reason)
{
	bool evicted = reason == EVICT_PRESSURE || reason == EVICT_EXPLICIT;
	c->evictions += evicted;
	e->evictions += evicted;
	c->cleared += !evicted;
	c->prefetch_wasted += e->prefetched;
	e->prefetch_wasted += e->prefetched;
	e->prefetched = false;
	e->was_evicted = true;
}

void cache_drop(struct pb_paged *p, struct entry *e, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	(reason == EVICT_PRESSURE ? policy_evict : policy_remove)(p->policy, &e->node);
	if (e->size)
		pool_give(&p->pool, (struct buffer){ e->data, e->capacity });
	e->data = NULL;
	c->memory_used -= e->size;
	c->resident_models--;
	if (reason != EVICT_CLOSE)
		count_drop(c, e, reason);
	if (PROBE_ARMED(evict))
		probe_evict(c->bundle, e->name.bytes, e->offset, e->size, reason, c->memory_used);
}

/* A pinned victim goes out of the policy's sight until it is released, so that it is met once and not at each
 * eviction. */
static bool evict_one(struct pb_paged *p, const struct entry *incoming)
{
	struct policy_node *node;
	while ((node = policy_victim(p->policy, &incoming->node))) {
		struct entry *e = entry_of(node);
		if (e->pins == 0) {
			cache_drop(p, e, EVICT_PRESSURE);
			return true;
		}
		policy_remove(p->policy, node);
		e->parked = true;
	}
	return false;
}

void cache_make_room(struct pb_paged *p, const struct entry *incoming)
{
	while (!cache_fits(p, incoming->size) && evict_one(p, incoming))
		;
}

int cache_check_bounds(const struct pb_paged *p, const struct entry *e)
{
	if (e->size == 0 || (e->offset <= p->file.size && e->size <= p->file.size - e->offset))
		return PB_OK;
	return fail(PB_ERR_BOUNDS, "model '%s': %" PRIu64 " bytes at %" PRIu64 " of a file of %" PRIu64,
		e->name.bytes, e->size, e->offset, p->file.size);
}

static int read_model(struct pb_paged *p, struct entry *e)
{
	struct buffer buffer = { 0 };
	if (e->size <= SIZE_MAX)
		buffer = pool_take(&p->pool, (size_t)e->size);
	if (!buffer.data)
		return fail(PB_ERR_MEMORY, "model '%s' of %" PRIu64 " bytes", e->name.bytes, e->size);
	int err = file_read(&p->file, buffer.data, (size_t)e->size, e->offset);
	if (!err)
		err = file_verify_unchanged(&p->file);
	if (err) {
		int keep = errno;
		pool_give(&p->pool, buffer);
		errno = keep;
		return err;
	}
	e->data = buffer.data;
	e->capacity = buffer.capacity;
	return PB_OK;
}

int cache_load(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	uint64_t start = PROBE_ARMED(load) ? now_ns() : 0;
	if (e->size == 0) {
		e->data = (void *)nothing;
	} else {
		e->loading = true;
		int err = read_model(p, e);
		e->loading = false;
		if (err)
			return err;
	}
	struct pb_counters *c = &p->counters;
	bool ahead = cause != CAUSE_DEMAND;
	c->loads++;
	c->bytes_loaded += e->size;
	c->memory_used += e->size;
	c->resident_models++;
	c->prefetches += ahead;
	e->prefetches += ahead;
	e->prefetched = ahead;
	e->loads++;
	e->node.uses = 1;
	policy_insert(p->policy, &e->node);
	if (PROBE_ARMED(load))
		probe_load(c->bundle, e->name.bytes, e->offset, e->size, start ? now_ns() - start : 0, cause);
	return PB_OK;
}

static void hit(struct pb_paged *p, struct entry *e)
{
	p->counters.hits++;
	e->hits++;
	if (e->parked)
		e->node.uses++;
	else
		policy_touch(p->policy, &e->node);
	if (e->prefetched) {
		e->prefetched = false;
		e->prefetch_used++;
		p->counters.prefetch_used++;
	}
	if (PROBE_ARMED(hit))
		probe_hit(p->counters.bundle, e->name.bytes, e->offset, e->size);
}

static int miss(struct pb_paged *p, struct entry *e)
{
	p->counters.misses++;
	p->counters.reloads += e->was_evicted;
	e->misses++;
	e->reloads += e->was_evicted;
	if (PROBE_ARMED(miss))
		probe_miss(p->counters.bundle, e->name.bytes, e->offset, e->size);
	int err = cache_check_bounds(p, e);
	if (err)
		return err;
	policy_miss(p->policy, &e->node);
	cache_make_room(p, e);
	return cache_load(p, e, CAUSE_DEMAND);
}

static int get(struct pb_paged *p, struct entry *e, struct pb_view *view)
{
	if (e->data) {
		hit(p, e);
	} else {
		int err = miss(p, e);
		if (err)
			return paged_error(p, e->name.bytes, err);
	}
	e->pins++;
	p->views++;
	*view = (struct pb_view){ e->data, (size_t)e->size, { p, e } };
	if (p->config.prefetch)
		prefetch_after(p, e);
	return PB_OK;
}

static int miss_unknown(struct pb_paged *p, const char *name)
{
	p->counters.misses++;
	if (PROBE_ARMED(miss))
		probe_miss(p->counters.bundle, name, 0, 0);
	return paged_error(p, name, fail(PB_ERR_NOT_FOUND, "model '%s'", name));
}

int pb_get(struct pb_paged *p, const char *name, struct pb_view *view)
{
	if (!p || !name || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get needs a bundle, a name and a view");
	struct entry *e = paged_find(p, name, strlen(name));
	return e ? get(p, e, view) : miss_unknown(p, name);
}

int pb_get_at(struct pb_paged *p, size_t index, struct pb_view *view)
{
	if (!p || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get_at needs a bundle and a view");
	return index < p->manifest.count ? get(p, &p->entries[index], view) : miss_unknown(p, "");
}

void pb_release(struct pb_view *view)
{
	struct pb_paged *p = view ? view->opaque[0] : NULL;
	if (!p)
		return;
	struct entry *e = view->opaque[1];
	*view = (struct pb_view){ 0 };
	p->views--;
	if (--e->pins == 0 && e->parked) {
		e->parked = false;
		policy_insert(p->policy, &e->node);
	}
}

static int evict(struct pb_paged *p, struct entry *e, bool *evicted)
{
	bool resident = e && e->data;
	if (resident && e->pins)
		return fail(PB_ERR_PINNED, "model '%s': %u views", e->name.bytes, e->pins);
	if (resident)
		cache_drop(p, e, EVICT_EXPLICIT);
	if (evicted)
		*evicted = resident;
	return PB_OK;
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
	for (uint32_t i = 0; p->counters.resident_models > pinned && i < p->manifest.count; i++) {
		if (p->entries[i].pins)
			pinned++;
		else if (p->entries[i].data)
			cache_drop(p, &p->entries[i], EVICT_CLEAR);
	}
	return pinned ? fail(PB_ERR_PINNED, "%u models", pinned) : PB_OK;
}
