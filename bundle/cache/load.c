/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "bundle/base/alone.h"
#include "bundle/base/clock.h"
#include "bundle/io/map.h"
#include "memory.h"
#include "room.h"

#define PORTION (1u << 20) /* bytes that a background load reads before it checks whether to yield */

int load_check_bounds(const struct pb_paged *p, const struct entry *e)
{
	/* for plain bundles the entry suffices, which saves a cache line of the manifest */
	uint64_t end = p->file.size;
	if (!p->manifest.compressed && e->offset <= end && e->size <= end - e->offset)
		return PB_OK;
	return source_check_bounds(&p->source, (uint32_t)(e - p->entries));
}

uint64_t load_clock(void)
{
	return PROBE_ARMED(load) ? clock_ns() : 0;
}

uint64_t load_ns_since(uint64_t start)
{
	return start ? clock_ns() - start : 0;
}

/* --- begin --- */

/* Marks the model as loading: from here on other threads wait for it. */
void load_begin(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	SET(e->loading, true);
	COUNT(p->demanded, cause == CAUSE_DEMAND);
	p->ahead.bytes += cause == CAUSE_DEMAND ? 0 : e->size;
	p->reserved += e->size;
	p->loading++;
	memory_reuse(p, e);
	if (p->config.hard_limit)
		pool_trim(&p->pool, p->config.max_memory - p->counters.memory_used - p->reserved);
}

/* --- read, without the lock --- */

/* The background loader yields while any foreground get is waiting for a different model. */
static bool yield(struct pb_paged *p, struct entry *e)
{
	handle_lock(p);
	while (p->demanded && !e->wanted && !p->ahead.stop)
		handle_wait(p);
	bool go_on = !p->ahead.stop;
	handle_unlock(p);
	return go_on;
}

static int read_in_portions(struct pb_paged *p, struct entry *e)
{
	int err = PB_OK;
	for (uint64_t at = 0; !err && at < e->size; at += PORTION) {
		uint64_t left = e->size - at;
		if (at && !yield(p, e))
			return LOAD_GIVEN_UP;
		err = source_read(&p->source, (uint32_t)(e - p->entries), (char *)e->memory + at, at,
			(size_t)(left < PORTION ? left : PORTION));
	}
	return err;
}

static int read_at_once(struct pb_paged *p, struct entry *e)
{
	if (p->manifest.compressed)
		return source_read(&p->source, (uint32_t)(e - p->entries), e->memory, 0, (size_t)e->size);
	return file_read(&p->file, e->memory, (size_t)e->size, e->offset);
}

int load_read(struct pb_paged *p, struct entry *e, bool background)
{
	int err;
	if (!memory_find(p, e))
		return fail(PB_ERR_MEMORY, "model '%s' of %" PRIu64 " bytes", e->name.bytes, e->size);
	if (e->size == 0)
		return PB_OK;
	if (p->map)
		err = map_advise(p->map, e->offset, e->size, MADV_WILLNEED);
	else
		err = background ? read_in_portions(p, e) : read_at_once(p, e);
	if (!err)
		err = p->map ? source_compare_file(&p->source, (uint32_t)(e - p->entries))
			     : source_verify(&p->source, (uint32_t)(e - p->entries), e->memory);
	return err ? err : file_verify_unchanged(&p->file);
}

/* --- finish --- */

static void end(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	SET(e->loading, false);
	e->wanted = false;
	p->reserved -= e->size;
	p->loading--;
	COUNT(p->demanded, -(cause == CAUSE_DEMAND));
	if (cause != CAUSE_DEMAND && !e->prefetched)
		handle_release_budget(p, e);
	handle_wake(p);
}

static void abandon(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	int keep = errno;
	memory_give(p, e);
	end(p, e, cause);
	errno = keep;
}

static void count_load(struct pb_counters *c, struct entry *e, bool ahead)
{
	COUNT(c->loads, 1);
	COUNT(e->loads, 1);
	COUNT(c->bytes_loaded, e->size);
	COUNT(c->memory_used, e->size);
	COUNT(c->resident_models, 1);
	COUNT(c->prefetches, ahead);
	COUNT(e->prefetches, ahead);
	SET(e->prefetched, ahead);
}

/* Publishing e->data must be last: fire the probe before other threads can see the model. */
static void publish(struct pb_paged *p, struct entry *e, enum load_cause cause, uint64_t start)
{
	count_load(&p->counters, e, cause != CAUSE_DEMAND);
	e->node.uses = 1;
	policy_insert(p->policy, &e->node);
	if (PROBE_ARMED(load))
		probe_load(
			p->counters.bundle, e->name.bytes, e->offset, e->size, load_ns_since(start), cause);
	point_in_order(&e->data, e->memory);
}

int load_finish(struct pb_paged *p, struct entry *e, enum load_cause cause, uint64_t start, int err)
{
	if (err) {
		abandon(p, e, cause);
		return err;
	}
	/* a prefetch that a get has waited for is that get's load */
	publish(p, e, e->wanted ? CAUSE_DEMAND : cause, start);
	end(p, e, cause);
	return PB_OK;
}

/* --- all of it --- */

int load_model(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	uint64_t start = load_clock();
	bool background = cause != CAUSE_HINT && cause != CAUSE_DEMAND && p->config.prefetch_background;
	bool alone = ALONE && !background; /* no other thread could use the lock meanwhile */
	load_begin(p, e, cause);
	if (!alone)
		handle_unlock(p);
	int err = load_read(p, e, background), keep = err ? errno : 0;
	if (!alone)
		handle_lock(p);
	if (err)
		errno = keep;
	return load_finish(p, e, cause, start, err);
}

void load_miss(struct pb_paged *p, struct entry *e)
{
	struct pb_counters *c = &p->counters;
	COUNT(c->misses, 1);
	COUNT(e->misses, 1);
	COUNT(c->reloads, e->was_evicted);
	COUNT(e->reloads, e->was_evicted);
	if (PROBE_ARMED(miss))
		probe_miss(c->bundle, e->name.bytes, e->offset, e->size);
}

int load_demanded(struct pb_paged *p, struct entry *e, bool *missed)
{
	bool policy_knows = false; /* of the miss */
	while (!e->data) {
		if (!*missed)
			load_miss(p, e);
		*missed = true;
		if (e->loading) {
			SET(e->wanted, true);
			handle_wake(p); /* the background loader, if it is yielding */
			handle_wait(p);
			continue;
		}
		int err = load_check_bounds(p, e);
		if (err)
			return err;
		if (!policy_knows)
			policy_miss(p->policy, &e->node);
		policy_knows = true;
		err = room_make(p, e->size, e);
		if (err && p->loading && e->size <= p->config.max_memory) {
			handle_wait(p); /* what other threads are reading can be evicted after that */
			continue;
		}
		if (!err)
			err = load_model(p, e, CAUSE_DEMAND);
		if (err)
			return err;
	}
	return PB_OK;
}
