/* SPDX-License-Identifier: BSD-2-Clause */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/policy/table.h"
#include "paged.h"

enum { FRAMES_LEAST = 8, PAGE_LEAST = 512 };

int pages_create(struct pb_paged *p)
{
	struct pages *g = &p->pages;
	uint64_t size = p->config.page_size, count = size ? p->config.max_memory / size : 0, slots = 16;
	if (size < PAGE_LEAST || size & (size - 1))
		return fail(PB_ERR_ARGUMENT, "config: pages of %u bytes (a power of two from 512 on)",
			p->config.page_size);
	count = count < FRAMES_LEAST ? FRAMES_LEAST : count > UINT32_MAX / 4 ? UINT32_MAX / 4 : count;
	while (slots < count)
		slots *= 2;
	g->count = (uint32_t)count;
	g->mask = (uint32_t)slots - 1;
	/* the kernel gives memory to what is used of them */
	g->frames = calloc(count + 1, sizeof(*g->frames));
	g->table = calloc(slots, sizeof(struct frame *));
	g->gone = calloc(p->manifest.count + 1, sizeof(uint64_t *));
	struct policy_setup setup = { .nodes = g->count, .limit = p->config.max_memory };
	/* a frame holds one page after another: what a policy would learn of it means nothing later */
	g->policy =
		policy_create(p->config.policy == PB_POLICY_AUTO ? PB_POLICY_LRU : p->config.policy, &setup);
	return g->frames && g->table && g->gone && g->policy ? PB_OK
							     : fail(PB_ERR_MEMORY, "%u pages", g->count);
}

void pages_destroy(struct pb_paged *p)
{
	struct pages *g = &p->pages;
	for (uint32_t i = 0; g->frames && i < g->count; i++)
		free(g->frames[i].entry.memory);
	for (uint32_t i = 0; g->gone && i < p->manifest.count; i++)
		free(g->gone[i]);
	policy_destroy(g->policy);
	free(g->gone);
	free(g->table);
	free(g->frames);
}

static struct frame **slot_of(const struct pages *g, uint32_t model, uint64_t page)
{
	uint64_t hash = (page + ((uint64_t)model << 32)) * 0x9e3779b97f4a7c15u;
	return &g->table[(hash >> 32) & g->mask];
}

struct frame *pages_find(const struct pb_paged *p, uint32_t model, uint64_t page)
{
	struct frame *f = *slot_of(&p->pages, model, page);
	while (f && (f->model != model || f->page != page))
		f = f->chain;
	return f;
}

uint64_t pages_offset(const struct pb_paged *p, const struct frame *f)
{
	return p->entries[f->model].offset + f->page * p->config.page_size;
}

/* --- in and out --- */

static struct frame *frame_new(struct pages *g)
{
	struct frame *f = g->free;
	if (f)
		g->free = f->chain;
	else if (g->used < g->count)
		f = &g->frames[g->used++];
	return f;
}

static void leave_table(struct pages *g, struct frame *f)
{
	struct frame **at = slot_of(g, f->model, f->page);
	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
}

static void frame_free(struct pb_paged *p, struct frame *f)
{
	leave_table(&p->pages, f);
	if (f->entry.memory)
		pool_give(&p->pool, (struct buffer){ f->entry.memory, f->entry.capacity });
	memset(f, 0, sizeof(*f));
	f->chain = p->pages.free;
	p->pages.free = f;
}

static bool make_room(struct pb_paged *p, uint64_t size)
{
	while (!cache_fits(p, size))
		if (!pages_evict_one(p))
			return cache_make_room(p, size, NULL) == PB_OK && cache_fits(p, size);
	return true;
}

static bool take_memory(struct pb_paged *p, struct frame *f, size_t size)
{
	struct buffer buffer = pool_take(&p->pool, size);
	if (!buffer.data)
		buffer = buffer_new(size, false);
	f->entry.memory = buffer.data;
	f->entry.capacity = buffer.capacity;
	return buffer.data;
}

struct frame *pages_claim(struct pb_paged *p, uint32_t model, uint64_t page)
{
	uint64_t rest = p->entries[model].size - page * p->config.page_size;
	size_t size = rest < p->config.page_size ? (size_t)rest : p->config.page_size;
	if (!make_room(p, size))
		return NULL;
	struct frame *f = frame_new(&p->pages);
	if (!f)
		return NULL;
	struct frame **slot = slot_of(&p->pages, model, page);
	f->model = model;
	f->page = page;
	f->chain = *slot;
	*slot = f;
	f->entry.size = size;
	f->entry.node = (struct policy_node){ .id = (uint32_t)(f - p->pages.frames), .size = size };
	if (!take_memory(p, f, size)) {
		frame_free(p, f);
		return NULL;
	}
	f->entry.loading = true;
	p->reserved += size;
	pages_pin(p, f);
	return f;
}

void pages_publish(struct pb_paged *p, struct frame *f, bool ahead, uint64_t ns)
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
		probe_load(c->bundle, model->name.bytes, pages_offset(p, f), e->size, ns, cause);
}

void pages_abandon(struct pb_paged *p, struct frame *f)
{
	p->reserved -= f->entry.size;
	p->pages.pinned -= f->pins;
	frame_free(p, f);
}

/* --- pins: a pinned page that the policy met goes out of its sight, as models do --- */

void pages_pin(struct pb_paged *p, struct frame *f)
{
	f->pins++;
	p->pages.pinned++;
}

void pages_unpin(struct pb_paged *p, struct frame *f)
{
	p->pages.pinned--;
	if (--f->pins || !f->entry.parked)
		return;
	f->entry.parked = false;
	policy_insert(p->pages.policy, &f->entry.node);
}

/* --- eviction --- */

static void note_gone(struct pb_paged *p, const struct frame *f)
{
	uint64_t **bits = &p->pages.gone[f->model];
	uint64_t pages = p->entries[f->model].size / p->config.page_size + 1;
	if (!*bits)
		*bits = calloc(pages / 64 + 1, sizeof(uint64_t));
	if (*bits)
		(*bits)[f->page / 64] |= 1ull << f->page % 64;
}

bool pages_was_there(const struct pb_paged *p, uint32_t model, uint64_t page)
{
	const uint64_t *bits = p->pages.gone[model];
	return bits && bits[page / 64] >> page % 64 & 1;
}

/* A policy that remembers what it let go would take the frame's next page for it. */
static void leave_policy(struct policy *policy, struct policy_node *node, enum evict_reason reason)
{
	if (reason != EVICT_PRESSURE) {
		policy_remove(policy, node);
		return;
	}
	policy_evict(policy, node);
	if (node->queue)
		policy_remove(policy, node);
}

static void drop(struct pb_paged *p, struct frame *f, enum evict_reason reason)
{
	struct pb_counters *c = &p->counters;
	struct entry *model = &p->entries[f->model];
	uint64_t size = f->entry.size, offset = pages_offset(p, f);
	bool evicted = reason == EVICT_PRESSURE || reason == EVICT_EXPLICIT;
	if (!f->entry.parked)
		leave_policy(p->pages.policy, &f->entry.node, reason);
	COUNT(c->memory_used, -size);
	p->pages.resident--;
	COUNT(c->evictions, evicted);
	COUNT(model->evictions, evicted);
	COUNT(c->prefetch_wasted, f->entry.prefetched);
	COUNT(model->prefetch_wasted, f->entry.prefetched);
	note_gone(p, f);
	frame_free(p, f);
	if (PROBE_ARMED(evict))
		probe_evict(c->bundle, model->name.bytes, offset, size, reason, c->memory_used);
}

bool pages_evict_one(struct pb_paged *p)
{
	struct policy_node *node;
	while (p->pages.policy && (node = policy_victim(p->pages.policy, NULL))) {
		struct frame *f = (struct frame *)entry_of(node); /* its first member */
		if (f->pins == 0) {
			drop(p, f, EVICT_PRESSURE);
			return true;
		}
		policy_remove(p->pages.policy, node);
		f->entry.parked = true;
	}
	return false;
}

static uint32_t drop_matching(
	struct pb_paged *p, bool all, uint32_t model, enum evict_reason reason, bool *dropped)
{
	uint32_t pinned = 0;
	for (uint32_t i = 0; p->pages.resident > pinned && i < p->pages.used; i++) {
		struct frame *f = &p->pages.frames[i];
		if (!f->entry.data || !(all || f->model == model))
			continue;
		if (f->pins) {
			pinned++;
			continue;
		}
		drop(p, f, reason);
		*dropped = true;
	}
	return pinned;
}

uint32_t pages_drop_all(struct pb_paged *p, enum evict_reason reason)
{
	bool dropped = false;
	return drop_matching(p, true, 0, reason, &dropped);
}

uint32_t pages_drop_of(struct pb_paged *p, uint32_t model, enum evict_reason reason, bool *dropped)
{
	return drop_matching(p, false, model, reason, dropped);
}

void pages_after_fork(struct pb_paged *p)
{
	for (uint32_t i = 0; i < p->pages.used; i++)
		if (p->pages.frames[i].entry.loading)
			pages_abandon(p, &p->pages.frames[i]);
}
