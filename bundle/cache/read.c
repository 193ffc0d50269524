/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of models, page by page. A read goes in batches: under the lock each page of a batch is found, or
 * claimed to be read by this thread, or left to the thread that is reading it; then the claimed ones are read
 * without the lock, neighbours by one call; then the others are waited for. Nobody waits while others wait
 * for what he has claimed. Pages for which there is no room pass the cache by.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "paged.h"

enum { BATCH = 32, AHEAD_FIRST = 4, AHEAD_MOST = 32 };

enum piece_state { UNSEEN = 0, MISSED, HELD, CLAIMED, PASSED_BY };

struct batch {
	struct pb_paged *p;
	uint32_t model;
	uint64_t page;          /* of the first piece */
	unsigned int asked;     /* pieces of the request; those after them are read ahead */
	unsigned int pieces;    /* in all */
	unsigned int unclaimed; /* asked for and being read by others */
	struct frame *frames[BATCH + AHEAD_MOST];
	enum piece_state states[BATCH + AHEAD_MOST];
};

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t page_offset(const struct batch *b, unsigned int i)
{
	return b->p->entries[b->model].offset + (b->page + i) * b->p->config.page_size;
}

static uint64_t page_bytes(const struct batch *b, unsigned int i)
{
	uint64_t size = b->p->config.page_size, rest = b->p->entries[b->model].size - (b->page + i) * size;
	return rest < size ? rest : size;
}

/* --- counts, under the lock --- */

static void hit(struct batch *b, unsigned int i, struct frame *f)
{
	struct pb_counters *c = &b->p->counters;
	struct entry *model = &b->p->entries[b->model];
	COUNT(c->hits, 1);
	COUNT(model->hits, 1);
	COUNT(c->prefetch_used, f->entry.prefetched);
	COUNT(model->prefetch_used, f->entry.prefetched);
	f->entry.prefetched = false;
	if (f->entry.parked)
		f->entry.node.uses++;
	else
		policy_touch(b->p->pages.policy, &f->entry.node);
	if (PROBE_ARMED(hit))
		probe_hit(c->bundle, model->name.bytes, page_offset(b, i), page_bytes(b, i));
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
		probe_miss(c->bundle, model->name.bytes, page_offset(b, i), page_bytes(b, i));
}

/* --- finding, under the lock --- */

static void find(struct batch *b, unsigned int i)
{
	struct frame *f = pages_find(b->p, b->model, b->page + i);
	if (b->states[i] == UNSEEN && !(f && f->entry.data))
		miss(b, i);
	if (!f) {
		b->frames[i] = pages_claim(b->p, b->model, b->page + i);
		b->states[i] = b->frames[i] ? CLAIMED : PASSED_BY;
	} else if (!f->entry.data) {
		f->entry.wanted = true;
		b->unclaimed++;
	} else {
		if (b->states[i] == UNSEEN)
			hit(b, i, f);
		pages_pin(b->p, f);
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

/* Pages after the last one, if that is read now. */
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
		b->frames[i] = pages_claim(b->p, b->model, b->page + i);
		if (!b->frames[i])
			return;
		b->states[i] = CLAIMED;
		if (PROBE_ARMED(prefetch))
			probe_prefetch(b->p->counters.bundle, model->name.bytes, page_offset(b, i),
				page_bytes(b, i), CAUSE_READ_AHEAD);
	}
}

/* --- reading --- */

/* Pages here are not those that the file has compressed. */
static int read_compressed(struct batch *b, unsigned int from, unsigned int count)
{
	int err = PB_OK;
	for (unsigned int i = from; !err && i < from + count; i++)
		err = source_read(&b->p->source, b->model, b->frames[i]->entry.memory,
			(b->page + i) * b->p->config.page_size, (size_t)b->frames[i]->entry.size);
	return err;
}

/* Neighbours from `from` on, by one call, without the lock. Returns the number of pieces. */
static unsigned int read_run(struct batch *b, unsigned int from, int *err)
{
	struct iovec parts[BATCH + AHEAD_MOST];
	unsigned int n = 0;
	while (from + n < b->pieces && b->states[from + n] == CLAIMED) {
		struct entry *e = &b->frames[from + n]->entry;
		parts[n++] = (struct iovec){ e->memory, (size_t)e->size };
	}
	*err = b->p->manifest.compressed ? read_compressed(b, from, n)
					 : file_read_parts(&b->p->file, parts, n, page_offset(b, from));
	if (!*err)
		*err = file_verify_unchanged(&b->p->file);
	return n;
}

static void settle_run(struct batch *b, unsigned int from, unsigned int n, int err, uint64_t ns)
{
	for (unsigned int i = from; i < from + n; i++) {
		if (err) {
			pages_abandon(b->p, b->frames[i]);
			b->states[i] = PASSED_BY;
			continue;
		}
		pages_publish(b->p, b->frames[i], i >= b->asked, ns);
		b->states[i] = HELD;
	}
	load_wake(b->p);
}

/* The lock is let go and taken again for each run. The first failure of what was asked for is told; what was
 * read ahead fails with it. */
static int read_claimed(struct batch *b)
{
	int first = PB_OK, first_errno = 0;
	for (unsigned int i = 0; i < b->pieces; i++) {
		int err;
		if (b->states[i] != CLAIMED)
			continue;
		b->p->loading++;
		cache_unlock(b->p);
		uint64_t start = PROBE_ARMED(load) ? now_ns() : 0;
		unsigned int n = read_run(b, i, &err);
		uint64_t ns = start ? now_ns() - start : 0;
		int now_errno = errno;
		cache_lock(b->p);
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

static void let_go(struct batch *b)
{
	for (unsigned int i = 0; i < b->pieces; i++)
		if (b->states[i] == HELD)
			pages_unpin(b->p, b->frames[i]);
}

/* All pages of the batch are held then, or pass by. Under the lock. */
static int hold(struct batch *b, unsigned int window)
{
	for (;;) {
		unsigned int claimed = find_all(b);
		if (claimed)
			claim_ahead(b, window);
		window = 0;
		int err = claimed ? read_claimed(b) : PB_OK;
		if (err) {
			let_go(b);
			return paged_error(b->p, b->p->entries[b->model].name.bytes, err);
		}
		if (!b->unclaimed)
			return PB_OK;
		load_wait(b->p);
	}
}

/* The part of a page that lies in [offset, offset + size) of the model. */
static int copy_page(struct batch *b, unsigned int i, char *to, uint64_t offset, uint64_t size)
{
	uint64_t begin = (b->page + i) * b->p->config.page_size, end = begin + page_bytes(b, i);
	uint64_t from = begin > offset ? begin : offset;
	uint64_t until = end < offset + size ? end : offset + size;
	if (b->states[i] == HELD) {
		memcpy(to + (from - offset), (char *)b->frames[i]->entry.memory + (from - begin),
			until - from);
		return PB_OK;
	}
	int err = source_read(&b->p->source, b->model, to + (from - offset), from, (size_t)(until - from));
	if (!err)
		err = file_verify_unchanged(&b->p->file);
	cache_lock(b->p);
	if (err)
		err = paged_error(b->p, b->p->entries[b->model].name.bytes, err);
	else
		COUNT(b->p->counters.bytes_loaded, until - from);
	cache_unlock(b->p);
	return err;
}

static int read_batch(struct batch *b, unsigned int window, char *to, uint64_t offset, uint64_t size)
{
	cache_lock(b->p);
	int err = hold(b, window);
	cache_unlock(b->p);
	if (err)
		return err;
	for (unsigned int i = 0; i < b->asked && !err; i++)
		err = copy_page(b, i, to, offset, size);
	cache_lock(b->p);
	let_go(b);
	cache_unlock(b->p);
	return err;
}

/* How many pages to read ahead: more and more while a thread goes along a model, and none else. */
static unsigned int window_after(struct pb_paged *p, uint32_t model, uint64_t first, uint64_t last)
{
	struct stripe *s = paged_stripe(p);
	cache_lock(p);
	struct along *a = &s->along;
	bool goes_on = a->pages && a->model == model && (first == a->next || first + 1 == a->next);
	a->pages = !goes_on ? 1 : a->pages < AHEAD_FIRST ? AHEAD_FIRST : a->pages * 2;
	a->pages = a->pages > AHEAD_MOST ? AHEAD_MOST : a->pages;
	a->model = model;
	a->next = last + 1;
	unsigned int window = goes_on && p->config.prefetch ? a->pages : 0;
	cache_unlock(p);
	return window;
}

static int read_pages(struct pb_paged *p, uint32_t model, uint64_t offset, size_t size, char *to)
{
	uint64_t page = offset / p->config.page_size, last = (offset + size - 1) / p->config.page_size;
	unsigned int window = window_after(p, model, page, last);
	int err = PB_OK;
	while (!err && page <= last) {
		unsigned int n = last - page + 1 < BATCH ? (unsigned int)(last - page + 1) : BATCH;
		struct batch b = { .p = p, .model = model, .page = page, .asked = n, .pieces = n };
		err = read_batch(&b, page + n > last ? window : 0, to, offset, size);
		page += n;
	}
	return err;
}

/* --- the calls --- */

static int check_range(struct pb_paged *p, size_t index, uint64_t offset, uint64_t size)
{
	const struct entry *e = &p->entries[index];
	if (offset > e->size || size > e->size - offset)
		return fail(PB_ERR_ARGUMENT, "model '%s': %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64,
			e->name.bytes, size, offset, e->size);
	return load_check_bounds(p, e);
}

/* From the whole model, if that is in memory or pages were not asked for. false: page by page. */
static bool read_whole(struct pb_paged *p, size_t index, uint64_t offset, size_t size, void *to, int *err)
{
	struct pb_view view;
	*err = PB_OK;
	if (!p->config.pages)
		*err = pb_get_at(p, index, &view);
	else if (!views_if_resident(p, index, &view))
		return false;
	if (!*err) {
		memcpy(to, (const char *)view.data + offset, size);
		pb_release(&view);
	}
	return true;
}

int pb_read_at(struct pb_paged *p, size_t index, uint64_t offset, size_t size, void *buffer)
{
	int err;
	if (!p || (!buffer && size))
		return fail(PB_ERR_ARGUMENT, "pb_read needs a bundle and a buffer");
	if (index >= p->manifest.count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, p->manifest.count);
	err = check_range(p, index, offset, size);
	if (err || size == 0 || read_whole(p, index, offset, size, buffer, &err))
		return err;
	return read_pages(p, (uint32_t)index, offset, size, buffer);
}

int pb_read(struct pb_paged *p, const char *name, uint64_t offset, size_t size, void *buffer)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_read needs a bundle and a name");
	const struct entry *e = paged_find(p, name, strlen(name));
	return e ? pb_read_at(p, (size_t)(e - p->entries), offset, size, buffer)
		 : fail(PB_ERR_NOT_FOUND, "model '%s'", name);
}

static int copy_range(struct pb_paged *p, size_t index, uint64_t offset, size_t size, struct pb_view *view)
{
	struct buffer buffer = buffer_new(size ? size : 1, p->config.huge_pages);
	if (!buffer.data)
		return fail(PB_ERR_MEMORY, "%zu bytes of model '%s'", size, p->entries[index].name.bytes);
	int err = pb_read_at(p, index, offset, size, buffer.data);
	if (err) {
		free(buffer.data);
		return err;
	}
	*view = (struct pb_view){ buffer.data, size, { (void *)((uintptr_t)buffer.data | VIEW_OF_COPY), p } };
	return PB_OK;
}

/* A page is held as it is; what lies in several is put together in memory of its own. */
static int view_page(struct pb_paged *p, uint32_t model, uint64_t offset, size_t size, struct pb_view *view)
{
	uint64_t page = offset / p->config.page_size;
	struct batch b = { .p = p, .model = model, .page = page, .asked = 1, .pieces = 1 };
	unsigned int window = window_after(p, model, page, page);
	cache_lock(p);
	int err = hold(&b, window);
	for (unsigned int i = 1; i < b.pieces && !err; i++)
		pages_unpin(p, b.frames[i]);
	cache_unlock(p);
	if (err)
		return err;
	if (b.states[0] == PASSED_BY)
		return copy_range(p, model, offset, size, view);
	view->data = (char *)b.frames[0]->entry.memory + offset % p->config.page_size;
	view->size = size;
	view->opaque[0] = (void *)((uintptr_t)b.frames[0] | VIEW_OF_PAGE);
	view->opaque[1] = p;
	return PB_OK;
}

int pb_get_range(struct pb_paged *p, const char *name, uint64_t offset, size_t size, struct pb_view *view)
{
	if (!p || !name)
		return fail(PB_ERR_ARGUMENT, "pb_get_range needs a bundle and a name");
	const struct entry *e = paged_find(p, name, strlen(name));
	return e ? pb_get_range_at(p, (size_t)(e - p->entries), offset, size, view)
		 : fail(PB_ERR_NOT_FOUND, "model '%s'", name);
}

int pb_get_range_at(struct pb_paged *p, size_t index, uint64_t offset, size_t size, struct pb_view *view)
{
	if (!p || !view)
		return fail(PB_ERR_ARGUMENT, "pb_get_range needs a bundle and a view");
	if (index >= p->manifest.count)
		return fail(PB_ERR_NOT_FOUND, "model %zu of %u", index, p->manifest.count);
	int err = check_range(p, index, offset, size);
	if (!err && !p->config.pages)
		err = pb_get_at(p, index, view);
	if (err)
		return err;
	if (!p->config.pages || views_if_resident(p, index, view)) {
		view->data = (const char *)view->data + offset;
		view->size = size;
		return PB_OK;
	}
	if (size && offset / p->config.page_size == (offset + size - 1) / p->config.page_size)
		return view_page(p, (uint32_t)index, offset, size, view);
	return copy_range(p, index, offset, size, view);
}
