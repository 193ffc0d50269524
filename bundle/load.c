/* SPDX-License-Identifier: BSD-2-Clause */
/* Models come into memory: one read for each, however many ask. */
#include <errno.h>
#include <inttypes.h>
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

int load_check_bounds(const struct pb_paged *p, const struct entry *e)
{
	if (e->size == 0 || (e->offset <= p->file.size && e->size <= p->file.size - e->offset))
		return PB_OK;
	return fail(PB_ERR_BOUNDS, "model '%s': %" PRIu64 " bytes at %" PRIu64 " of a file of %" PRIu64,
		e->name.bytes, e->size, e->offset, p->file.size);
}

/* From here on others wait for it. */
static void begin(struct pb_paged *p, struct entry *e)
{
	SET(e->loading, true);
	p->reserved += e->size;
	p->loading++;
	if (e->size > 0 && e->size <= SIZE_MAX) {
		struct buffer buffer = pool_take(&p->pool, (size_t)e->size);
		e->memory = buffer.data;
		e->capacity = buffer.capacity;
	}
}

/* Without the lock. */
static int read_model(struct pb_paged *p, struct entry *e)
{
	if (e->size == 0) {
		e->memory = (void *)nothing;
		return PB_OK;
	}
	if (!e->memory && e->size <= SIZE_MAX) {
		struct buffer buffer = buffer_new((size_t)e->size);
		e->memory = buffer.data;
		e->capacity = buffer.capacity;
	}
	if (!e->memory)
		return fail(PB_ERR_MEMORY, "model '%s' of %" PRIu64 " bytes", e->name.bytes, e->size);
	int err = file_read(&p->file, e->memory, (size_t)e->size, e->offset);
	return err ? err : file_verify_unchanged(&p->file);
}

static void end(struct pb_paged *p, struct entry *e)
{
	SET(e->loading, false);
	e->wanted = false;
	p->reserved -= e->size;
	p->loading--;
	if (p->waiting)
		pthread_cond_broadcast(&p->loaded);
}

static void give_up(struct pb_paged *p, struct entry *e)
{
	int keep = errno;
	if (e->memory && e->size)
		pool_give(&p->pool, (struct buffer){ e->memory, e->capacity });
	e->memory = NULL;
	end(p, e);
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
	e->uses = 1;
	p->policy_ops->insert(p->policy, e);
	if (PROBE_ARMED(load))
		probe_load(p->counters.bundle, e->name.bytes, e->offset, e->size,
			start ? now_ns() - start : 0, cause);
	__atomic_store_n(&e->data, e->memory, __ATOMIC_SEQ_CST);
}

int load_model(struct pb_paged *p, struct entry *e, enum load_cause cause)
{
	uint64_t start = PROBE_ARMED(load) ? now_ns() : 0;
	begin(p, e);
	cache_unlock(p);
	int err = read_model(p, e), keep = errno;
	cache_lock(p);
	errno = keep;
	if (err) {
		give_up(p, e);
		return err;
	}
	/* a get that came while it was read ahead makes it that get's load */
	publish(p, e, e->wanted ? CAUSE_DEMAND : cause, start);
	end(p, e);
	return PB_OK;
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
