/* SPDX-License-Identifier: BSD-2-Clause */
/* Models come into memory: one read for each, however many ask. */
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <time.h>

#include "bundle/base/alone.h"
#include "paged.h"

#define PORTION (1u << 20) /* of a read that can stand back */

/* What a resident model of no bytes points to. */
static const char nothing[POOL_ALIGN];

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int load_check_bounds(const struct pb_paged *p, const struct entry *e)
{
	uint64_t end =
		p->file.size; /* the entry alone says it of most: one line of the processor's cache less */
	if (!p->manifest.compressed && e->offset <= end && e->size <= end - e->offset)
		return PB_OK;
	return source_check_bounds(&p->source, (uint32_t)(e - p->entries));
}

/* Where a model may be anywhere in a buffer: direct reads and huge pages want it at the front. */
static bool is_placed(const struct pb_paged *p)
{
	return p->config.read != PB_READ_DIRECT && !p->config.huge_pages;
}

static size_t room_for(const struct pb_paged *p, const struct entry *e)
{
	return is_placed(p) ? buffer_need((size_t)e->size) : (size_t)e->size;
}

static void take_buffer(const struct pb_paged *p, struct entry *e, struct buffer buffer)
{
	e->memory = is_placed(p) ? buffer_place(buffer, (size_t)e->size, e->offset) : buffer.data;
	e->capacity = buffer.capacity;
}

/* From here on others wait for it. */
void load_begin(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	SET(e->loading, true);
	COUNT(p->demanded, cause == CAUSE_DEMAND);
	p->ahead.bytes += cause == CAUSE_DEMAND ? 0 : e->size;
	p->reserved += e->size;
	p->loading++;
	if (!p->map && e->size > 0 && e->size <= SIZE_MAX)
		take_buffer(p, e, pool_take(&p->pool, room_for(p, e)));
	if (p->config.hard_limit)
		pool_trim(&p->pool, p->config.max_memory - p->counters.memory_used - p->reserved);
}

int load_find_memory(struct pb_paged *p, struct entry *e)
{
	if (e->size == 0)
		e->memory = (void *)nothing;
	else if (p->map)
		e->memory = (char *)p->map + e->offset;
	else if (!e->memory && e->size <= SIZE_MAX)
		take_buffer(p, e, buffer_new(room_for(p, e), p->config.huge_pages));
	return e->memory ? PB_OK
			 : fail(PB_ERR_MEMORY, "model '%s' of %" PRIu64 " bytes", e->name.bytes, e->size);
}

void load_give_memory(struct pb_paged *p, struct entry *e)
{
	if (p->map && e->memory && e->size)
		map_advise(p->map, e->offset, e->size, MADV_DONTNEED);
	else if (e->memory && e->size)
		pool_give(&p->pool, buffer_around(e->memory, e->capacity));
	e->memory = NULL;
}

/* The bundle's own thread stands back while a get is served that does not wait for this very model. */
static bool stand_back(struct pb_paged *p, struct entry *e)
{
	cache_lock(p);
	while (p->demanded && !e->wanted && !p->ahead.stop)
		load_wait(p);
	bool go_on = !p->ahead.stop;
	cache_unlock(p);
	return go_on;
}

static int read_in_portions(struct pb_paged *p, struct entry *e)
{
	int err = PB_OK;
	for (uint64_t at = 0; !err && at < e->size; at += PORTION) {
		uint64_t left = e->size - at;
		if (at && !stand_back(p, e))
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
	int err = load_find_memory(p, e);
	if (err || e->size == 0)
		return err;
	if (p->map)
		err = map_advise(p->map, e->offset, e->size, MADV_WILLNEED);
	else
		err = background ? read_in_portions(p, e) : read_at_once(p, e);
	if (!err)
		err = source_verify(&p->source, (uint32_t)(e - p->entries), e->memory);
	return err ? err : file_verify_unchanged(&p->file);
}

static void end(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	SET(e->loading, false);
	e->wanted = false;
	p->reserved -= e->size;
	p->loading--;
	COUNT(p->demanded, -(cause == CAUSE_DEMAND));
	if (cause != CAUSE_DEMAND && !e->prefetched)
		ahead_settled(p, e);
	load_wake(p);
}

static void give_up(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	int keep = errno;
	load_give_memory(p, e);
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

/* The model is there for all who look after this, and not before: what the probe tells comes first. */
static void publish(struct pb_paged *p, struct entry *e, enum load_cause cause, uint64_t start)
{
	count_load(&p->counters, e, cause != CAUSE_DEMAND);
	e->node.uses = 1;
	policy_insert(p->policy, &e->node);
	if (PROBE_ARMED(load))
		probe_load(p->counters.bundle, e->name.bytes, e->offset, e->size,
			start ? now_ns() - start : 0, cause);
	point_in_order(&e->data, e->memory);
}

int load_finish(struct pb_paged *p, struct entry *e, enum load_cause cause, uint64_t start, int err)
{
	if (err) {
		give_up(p, e, cause);
		return err;
	}
	/* a get that came while it was read ahead makes it that get's load */
	publish(p, e, e->wanted ? CAUSE_DEMAND : cause, start);
	end(p, e, cause);
	return PB_OK;
}

uint64_t load_clock(void)
{
	return PROBE_ARMED(load) ? now_ns() : 0;
}

int load_model(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	uint64_t start = load_clock();
	bool background = cause != CAUSE_HINT && cause != CAUSE_DEMAND && p->config.prefetch_background;
	bool alone = ALONE && !background; /* nobody is there to wait for the lock */
	load_begin(p, e, cause);
	if (!alone)
		cache_unlock(p);
	int err = load_read(p, e, background), keep = err ? errno : 0;
	if (!alone)
		cache_lock(p);
	if (err)
		errno = keep;
	return load_finish(p, e, cause, start, err);
}

void load_wait(struct pb_paged *p)
{
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	p->waiting++;
	pthread_cond_wait(&p->loaded, &p->lock);
	p->waiting--;
	pthread_setcancelstate(cancel, NULL);
}

void load_wake(struct pb_paged *p)
{
	if (p->waiting)
		pthread_cond_broadcast(&p->loaded);
}
