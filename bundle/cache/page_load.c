/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch of neighbouring pages is loaded like this: under the lock each page is found, or claimed to be read by
 * this thread, or left to the thread that is reading it. Then the claimed ones are read without the lock,
 * neighbours by one call; and then this thread waits for the others. It never waits while others may wait for
 * what it has claimed. Pages for which there is no room bypass the cache.
 */
#include "page_load.h"

#include <errno.h>

#include "cache.h"
#include "load.h"
#include "memory.h"
#include "room.h"

/* --- single pages, under the lock --- */

static void pin(struct pb_paged *p, struct frame *f)
{
	f->pins++;
	p->pages.pinned++;
}

void page_unpin(struct pb_paged *p, struct frame *f)
{
	p->pages.pinned--;
	f->pins--;
	cache_unpark(p, &f->entry);
}

/* Allocates a frame for an absent page and marks it loading, with one pin. NULL: no room or memory. */
static struct frame *claim(struct pb_paged *p, uint32_t model, uint64_t page)
{
	uint64_t rest = p->entries[model].size - page * p->config.page_size;
	size_t size = rest < p->config.page_size ? (size_t)rest : p->config.page_size;
	struct frame *f = room_make_for_page(p, size) ? pages_add(p, model, page, size) : NULL;
	if (!f)
		return NULL;
	memory_reuse(p, &f->entry);
	if (!memory_find(p, &f->entry)) {
		pages_remove(p, f);
		return NULL;
	}
	f->entry.loading = true;
	p->reserved += size;
	pin(p, f);
	return f;
}

/* Makes a claimed page resident. */
static void publish(struct pb_paged *p, struct frame *f, bool ahead, uint64_t ns)
{
	struct pb_counters *c = &p->counters;
	struct entry *model = &p->entries[f->model], *e = &f->entry;
	enum load_cause cause = ahead && !e->wanted ? CAUSE_READ_AHEAD : CAUSE_DEMAND;
	e->loading = e->wanted = false;
	e->data = e->memory;
	e->prefetched = cause != CAUSE_DEMAND;
	e->node.uses = 1;
	p->reserved -= e->size;
	p->pages.resident++;
	COUNT(c->loads, 1);
	COUNT(c->bytes_loaded, e->size);
	COUNT(model->bytes_loaded, e->size);
	COUNT(c->memory_used, e->size);
	COUNT(c->prefetches, e->prefetched);
	COUNT(model->prefetches, e->prefetched);
	policy_insert(p->pages.policy, &e->node);
	if (PROBE_ARMED(load))
		probe_load(c->bundle, model->name.bytes, e->offset, e->size, ns, cause);
}

/* Makes a claimed page absent again. */
static void abandon(struct pb_paged *p, struct frame *f)
{
	p->reserved -= f->entry.size;
	p->pages.pinned -= f->pins;
	pages_remove(p, f);
}

void page_load_after_fork(struct pb_paged *p)
{
	for (uint32_t i = 0; i < p->pages.used; i++)
		if (p->pages.frames[i].entry.loading)
			abandon(p, &p->pages.frames[i]);
}

/* --- a batch --- */

static uint64_t offset_of(const struct batch *b, unsigned int i)
{
	return b->p->entries[b->model].offset + (b->page + i) * b->p->config.page_size;
}

uint64_t page_bytes(const struct batch *b, unsigned int i)
{
	uint64_t size = b->p->config.page_size, rest = b->p->entries[b->model].size - (b->page + i) * size;
	return rest < size ? rest : size;
}

/* --- hits and misses, under the lock --- */

static void hit(struct batch *b, unsigned int i, struct frame *f)
{
	struct pb_counters *c = &b->p->counters;
	struct entry *model = &b->p->entries[b->model];
	COUNT(c->hits, 1);
	COUNT(model->hits, 1);
	COUNT(c->prefetch_used, f->entry.prefetched);
	COUNT(model->prefetch_used, f->entry.prefetched);
	f->entry.prefetched = false;
	entry_touch(&f->entry, b->p->pages.policy);
	if (PROBE_ARMED(hit))
		probe_hit(c->bundle, model->name.bytes, offset_of(b, i), page_bytes(b, i));
}

static void miss(struct batch *b, unsigned int i)
{
	struct pb_counters *c = &b->p->counters;
	struct entry *model = &b->p->entries[b->model];
	bool reload = pages_was_there(b->p, b->model, b->page + i);
	b->states[i] = MISSED;
	COUNT(c->misses, 1);
	COUNT(model->misses, 1);
	COUNT(c->reloads, reload);
	COUNT(model->reloads, reload);
	if (PROBE_ARMED(miss))
		probe_miss(c->bundle, model->name.bytes, offset_of(b, i), page_bytes(b, i));
}

/* --- finding and claiming, under the lock --- */

static void find(struct batch *b, unsigned int i)
{
	struct frame *f = pages_find(b->p, b->model, b->page + i);
	if (b->states[i] == UNSEEN && !(f && f->entry.data))
		miss(b, i);
	if (!f) {
		b->frames[i] = claim(b->p, b->model, b->page + i);
		b->states[i] = b->frames[i] ? CLAIMED : PASSED_BY;
	} else if (!f->entry.data) {
		f->entry.wanted = true;
		b->unclaimed++;
	} else {
		if (b->states[i] == UNSEEN)
			hit(b, i, f);
		pin(b->p, f);
		b->frames[i] = f;
		b->states[i] = HELD;
	}
}

/* Returns how many pages this thread has to read. */
static unsigned int find_all(struct batch *b)
{
	unsigned int claimed = 0;
	b->unclaimed = 0;
	for (unsigned int i = 0; i < b->asked; i++) {
		if (b->states[i] <= MISSED)
			find(b, i);
		claimed += b->states[i] == CLAIMED;
	}
	return claimed;
}

/* Claims absent pages after the last one asked for, if that one is read now. */
static void claim_ahead(struct batch *b, unsigned int window)
{
	struct entry *model = &b->p->entries[b->model];
	uint64_t pages = (model->size - 1) / b->p->config.page_size + 1;
	if (b->states[b->asked - 1] != CLAIMED)
		return;
	for (; window > 0 && b->page + b->pieces < pages; window--, b->pieces++) {
		unsigned int i = b->pieces;
		if (pages_find(b->p, b->model, b->page + i))
			return;
		b->frames[i] = claim(b->p, b->model, b->page + i);
		if (!b->frames[i])
			return;
		b->states[i] = CLAIMED;
		if (PROBE_ARMED(prefetch))
			probe_prefetch(b->p->counters.bundle, model->name.bytes, offset_of(b, i),
				page_bytes(b, i), CAUSE_READ_AHEAD);
	}
}

/* --- reading --- */

/* The cache's pages, which need not be those that the file has compressed. */
static int read_compressed(struct batch *b, unsigned int from, unsigned int count)
{
	int err = PB_OK;
	for (unsigned int i = from; !err && i < from + count; i++)
		err = source_read(&b->p->source, b->model, b->frames[i]->entry.memory,
			(b->page + i) * b->p->config.page_size, (size_t)b->frames[i]->entry.size);
	return err;
}

/* Reads neighbouring claimed pieces, beginning at `from`, by one call. Returns how many. Without the lock. */
static unsigned int read_run(struct batch *b, unsigned int from, int *err)
{
	struct iovec parts[BATCH + AHEAD_MOST];
	unsigned int n = 0;
	while (from + n < b->pieces && b->states[from + n] == CLAIMED) {
		struct entry *e = &b->frames[from + n]->entry;
		parts[n++] = (struct iovec){ e->memory, (size_t)e->size };
	}
	*err = b->p->manifest.compressed ? read_compressed(b, from, n)
					 : file_read_parts(&b->p->file, parts, n, offset_of(b, from));
	if (!*err)
		*err = file_verify_unchanged(&b->p->file);
	return n;
}

static void settle_run(struct batch *b, unsigned int from, unsigned int n, int err, uint64_t ns)
{
	for (unsigned int i = from; i < from + n; i++) {
		if (err) {
			abandon(b->p, b->frames[i]);
			b->states[i] = PASSED_BY;
			continue;
		}
		publish(b->p, b->frames[i], i >= b->asked, ns);
		b->states[i] = HELD;
	}
	handle_wake(b->p);
}

/* Reads all claimed pieces, run by run. Returns the first failure; pages read ahead in the same run fail with
 * it. The lock is released during each run. */
static int read_claimed(struct batch *b)
{
	int first = PB_OK, first_errno = 0;
	for (unsigned int i = 0; i < b->pieces; i++) {
		int err;
		if (b->states[i] != CLAIMED)
			continue;
		b->p->loading++;
		handle_unlock(b->p);
		uint64_t start = load_clock();
		unsigned int n = read_run(b, i, &err);
		uint64_t ns = load_ns_since(start);
		int now_errno = errno;
		handle_lock(b->p);
		b->p->loading--;
		settle_run(b, i, n, err, ns);
		if (err && !first) {
			first = err;
			first_errno = now_errno;
		}
		i += n - 1;
	}
	errno = first_errno;
	return first;
}

void batch_release(struct batch *b)
{
	for (unsigned int i = 0; i < b->pieces; i++)
		if (b->states[i] == HELD)
			page_unpin(b->p, b->frames[i]);
}

int batch_hold(struct batch *b, unsigned int window)
{
	for (;;) {
		unsigned int claimed = find_all(b);
		if (claimed)
			claim_ahead(b, window);
		window = 0;
		int err = claimed ? read_claimed(b) : PB_OK;
		if (err) {
			batch_release(b);
			return handle_error(b->p, b->p->entries[b->model].name.bytes, err);
		}
		if (!b->unclaimed)
			return PB_OK;
		handle_wait(b->p);
	}
}
