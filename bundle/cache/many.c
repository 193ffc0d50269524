/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several models at once: missing ones are claimed together, and their reads overlap. Models that other threads
 * are loading come last, when this thread has finished its own loads: so no two threads wait for each other.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memory.h"
#include "room.h"
#include "views.h"

struct many {
	struct pb_paged *p;
	const size_t *models;
	size_t count;
	enum load_cause cause;
	struct pb_view *views; /* NULL: a hint */
	size_t *claimed;       /* indexes in `models`, one for each load */
	struct transfer *transfers;
	unsigned int loads;
	uint64_t start;
};

static struct entry *claimed_entry(const struct many *m, unsigned int load)
{
	return &m->p->entries[m->models[m->claimed[load]]];
}

static int claim(struct many *m, size_t at)
{
	struct entry *e = &m->p->entries[m->models[at]];
	if (e->data || e->loading)
		return PB_OK;
	if (m->cause == CAUSE_DEMAND)
		load_miss(m->p, e);
	int err = load_check_bounds(m->p, e);
	if (!err && m->cause == CAUSE_DEMAND)
		policy_miss(m->p->policy, &e->node);
	if (!err && m->cause != CAUSE_DEMAND && PROBE_ARMED(prefetch))
		probe_prefetch(m->p->counters.bundle, e->name.bytes, e->offset, e->size, m->cause);
	if (!err)
		err = room_make(m->p, e->size, e);
	if (err)
		return handle_error(m->p, e->name.bytes, err);
	load_begin(m->p, e, m->cause);
	m->claimed[m->loads++] = at;
	return PB_OK;
}

/* Pins resident models first, so that they are not evicted for the others. */
static int claim_all(struct many *m)
{
	int err = PB_OK;
	for (size_t i = 0; m->views && i < m->count; i++)
		views_if_resident(m->p, m->models[i], &m->views[i]);
	handle_lock(m->p);
	for (size_t i = 0; !err && i < m->count; i++)
		err = claim(m, i);
	handle_unlock(m->p);
	return err;
}

static void read_claimed(struct many *m)
{
	unsigned int with_memory = 0;
	/* these take more than one plain read each */
	bool one_by_one = m->p->map || m->p->manifest.compressed || m->p->config.verify;
	for (unsigned int i = 0; one_by_one && i < m->loads; i++) {
		m->transfers[i].err = load_read(m->p, claimed_entry(m, i), false);
		m->transfers[i].error_number = errno;
	}
	for (; !one_by_one && with_memory < m->loads; with_memory++) {
		struct entry *e = claimed_entry(m, with_memory);
		if (!memory_find(m->p, e))
			break;
		m->transfers[with_memory] =
			(struct transfer){ e->memory, e->size ? e->offset : 0, (size_t)e->size, 0, 0 };
	}
	if (one_by_one)
		return;
	overlap_read(&m->p->overlap, &m->p->file, m->transfers, with_memory);
	for (unsigned int i = with_memory; i < m->loads; i++)
		m->transfers[i].err = PB_ERR_MEMORY;
}

static int describe(const struct transfer *t, const struct entry *e)
{
	errno = t->error_number;
	return fail(t->err, "model '%s': %s", e->name.bytes,
		t->err == PB_ERR_IO ? strerror(t->error_number) : pb_strerror(t->err));
}

/* Returns the first failure; counts all. */
static int finish_all(struct many *m)
{
	int first = PB_OK, first_errno = 0;
	int unchanged = m->loads ? file_verify_unchanged(&m->p->file) : PB_OK, verify_errno = errno;
	handle_lock(m->p);
	for (unsigned int i = 0; i < m->loads; i++) {
		struct entry *e = claimed_entry(m, i);
		const struct transfer *t = &m->transfers[i];
		errno = verify_errno;
		int err = t->err ? describe(t, e) : e->size ? unchanged : PB_OK;
		err = load_finish(m->p, e, m->cause, m->start, err);
		if (err)
			handle_error(m->p, e->name.bytes, err);
		else if (m->views)
			views_after_miss(m->p, m->models[m->claimed[i]], &m->views[m->claimed[i]]);
		first_errno = first ? first_errno : errno;
		first = first ? first : err;
	}
	handle_unlock(m->p);
	errno = first_errno;
	return first;
}

static int load_many(struct many *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->models[i] >= m->p->manifest.count)
			return fail(PB_ERR_NOT_FOUND, "model %zu of %u", m->models[i], m->p->manifest.count);
	m->claimed = calloc(m->count + 1, sizeof(*m->claimed));
	m->transfers = calloc(m->count + 1, sizeof(*m->transfers));
	if (!m->claimed || !m->transfers)
		return fail(PB_ERR_MEMORY, "%zu models", m->count);
	m->start = load_clock();
	int claimed = claim_all(m), claim_errno = errno;
	read_claimed(m);
	int finished = finish_all(m);
	if (claimed)
		errno = claim_errno;
	return claimed ? claimed : finished;
}

static void done(struct many *m)
{
	int keep = errno;
	free(m->claimed);
	free(m->transfers);
	errno = keep;
}

int pb_get_many(struct pb_paged *p, const size_t *models, size_t count, struct pb_view *views)
{
	if (!p || (count && (!models || !views)) || count > UINT32_MAX)
		return fail(PB_ERR_ARGUMENT, "pb_get_many needs a bundle, models and views");
	struct many m = { .p = p, .models = models, .count = count, .cause = CAUSE_DEMAND, .views = views };
	for (size_t i = 0; i < count; i++)
		views[i] = (struct pb_view){ 0 };
	int err = load_many(&m);
	for (size_t i = 0; !err && i < count; i++)
		if (!views[i].data)
			err = pb_get_at(p, models[i], &views[i]);
	for (size_t i = 0; err && i < count; i++)
		pb_release(&views[i]);
	done(&m);
	return err;
}

int pb_hint_many(struct pb_paged *p, const size_t *models, size_t count)
{
	if (!p || (count && !models) || count > UINT32_MAX)
		return fail(PB_ERR_ARGUMENT, "pb_hint_many needs a bundle and models");
	struct many m = { .p = p, .models = models, .count = count, .cause = CAUSE_HINT };
	int err = load_many(&m);
	done(&m);
	return err;
}
