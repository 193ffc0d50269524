/* SPDX-License-Identifier: BSD-2-Clause */
/* pb_read and pb_get_range: parts of models. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "page_load.h"
#include "views.h"

/* Copies the part of piece i that lies in [offset, offset + size) of the model; reads it if it was passed by. */
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
	handle_lock(b->p);
	if (err)
		err = handle_error(b->p, b->p->entries[b->model].name.bytes, err);
	else
		COUNT(b->p->counters.bytes_loaded, until - from);
	handle_unlock(b->p);
	return err;
}

static int read_batch(struct batch *b, unsigned int window, char *to, uint64_t offset, uint64_t size)
{
	handle_lock(b->p);
	int err = batch_hold(b, window);
	handle_unlock(b->p);
	if (err)
		return err;
	for (unsigned int i = 0; i < b->asked && !err; i++)
		err = copy_page(b, i, to, offset, size);
	handle_lock(b->p);
	batch_release(b);
	handle_unlock(b->p);
	return err;
}

/* How many pages to read ahead: none at first, then growing while a thread reads sequentially. */
static unsigned int window_after(struct pb_paged *p, uint32_t model, uint64_t first, uint64_t last)
{
	struct stripe *s = handle_stripe(p);
	handle_lock(p);
	struct along *a = &s->along;
	bool goes_on = a->pages && a->model == model && (first == a->next || first + 1 == a->next);
	a->pages = !goes_on ? 1 : a->pages < AHEAD_FIRST ? AHEAD_FIRST : a->pages * 2;
	a->pages = a->pages > AHEAD_MOST ? AHEAD_MOST : a->pages;
	a->model = model;
	a->next = last + 1;
	unsigned int window = goes_on && p->config.prefetch ? a->pages : 0;
	handle_unlock(p);
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

/* Copies from the whole model, if that is resident or the bundle has no pages. false: it must be read by page. */
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
	const struct entry *e = handle_find(p, name, strlen(name));
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

/* A view of a single page: pins it, or copies if it bypasses the cache. */
static int view_page(struct pb_paged *p, uint32_t model, uint64_t offset, size_t size, struct pb_view *view)
{
	uint64_t page = offset / p->config.page_size;
	struct batch b = { .p = p, .model = model, .page = page, .asked = 1, .pieces = 1 };
	unsigned int window = window_after(p, model, page, page);
	handle_lock(p);
	int err = batch_hold(&b, window);
	for (unsigned int i = 1; i < b.pieces && !err; i++)
		page_unpin(p, b.frames[i]);
	handle_unlock(p);
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
	const struct entry *e = handle_find(p, name, strlen(name));
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
