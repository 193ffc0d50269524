/* SPDX-License-Identifier: BSD-2-Clause */
#include "handle.h"

#include <errno.h>

/* Shows a thread's recent hits to the policy. Touches that newer ones have overwritten are lost to the policy,
 * though never to the counts: that happens only when several threads hit more than STRIPE_TOUCHES times
 * between two loads. Draining more often would make the threads contend for each other's cache lines. */
static void drain_stripe(struct pb_paged *p, struct stripe *s)
{
	uint64_t end = __atomic_load_n(&s->hits, __ATOMIC_ACQUIRE);
	if (end - s->drained > STRIPE_TOUCHES)
		s->drained = end - STRIPE_TOUCHES;
	for (; s->drained != end; s->drained++) {
		struct entry *e = &p->entries[SEEN(s->touches[s->drained & (STRIPE_TOUCHES - 1)])];
		if (e->data)
			entry_touch(e, p->policy);
	}
}

static void drain(struct pb_paged *p)
{
	for (uint64_t i = 0; i < p->counters.stripe_count; i++)
		if (p->stripes[i])
			drain_stripe(p, p->stripes[i]);
}

void handle_lock(struct pb_paged *p)
{
	pthread_mutex_lock(&p->lock);
	drain(p);
}

void handle_unlock(struct pb_paged *p)
{
	void *retired = pool_retired(&p->pool);
	pthread_mutex_unlock(&p->lock);
	if (retired)
		pool_free_retired(retired);
}

void handle_drain(struct pb_paged *p)
{
	if (pthread_mutex_trylock(&p->lock) != 0)
		return;
	drain(p);
	handle_unlock(p);
}

void handle_wait(struct pb_paged *p)
{
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	p->waiting++;
	pthread_cond_wait(&p->loaded, &p->lock);
	p->waiting--;
	pthread_setcancelstate(cancel, NULL);
}

int handle_error(struct pb_paged *p, const char *name, int err)
{
	int keep = errno;
	COUNT(p->counters.errors, 1);
	if (PROBE_ARMED(error))
		probe_error(p->counters.bundle, name, (uint64_t)error_errno(err));
	errno = keep;
	return err;
}

struct stripe *handle_stripe_new(struct pb_paged *p)
{
	uint32_t id = thread_id();
	struct pb_counters *c = &p->counters;
	handle_lock(p);
	bool others = c->stripe_count > 0;
	struct stripe *s = p->stripes[id]; /* another thread with the same number may have made it */
	if (!s && (s = others ? stripe_new(p, p->manifest.count) : p->first)) {
		SET(p->several, others);
		__atomic_store_n(&p->stripes[id], s, __ATOMIC_RELEASE);
		if (id >= c->stripe_count)
			__atomic_store_n(&c->stripe_count, id + 1, __ATOMIC_RELEASE);
	}
	handle_unlock(p);
	return s ? s : p->first; /* out of memory: shares a stripe, which is slower */
}

uint64_t handle_hits(const struct pb_paged *p)
{
	uint64_t hits = 0;
	for (unsigned int i = 0; i < THREAD_IDS; i++) {
		const struct stripe *s = __atomic_load_n(&p->stripes[i], __ATOMIC_ACQUIRE);
		hits += s ? SEEN(s->hits) : 0;
	}
	return hits;
}
