/* SPDX-License-Identifier: BSD-2-Clause */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/policy/table.h"
#include "memory.h"

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
	/* large, but the kernel provides memory only for what is touched */
	g->frames = calloc(count + 1, sizeof(*g->frames));
	g->table = calloc(slots, sizeof(struct frame *));
	g->gone = calloc(p->manifest.count + 1, sizeof(uint64_t *));
	struct policy_setup setup = { .nodes = g->count, .limit = p->config.max_memory };
	/* not AUTO: node ids are frames, which hold one page after another, so a sample of them means nothing */
	g->policy =
		policy_create(p->config.policy == PB_POLICY_AUTO ? PB_POLICY_LRU : p->config.policy, &setup);
	return g->frames && g->table && g->gone && g->policy ? PB_OK
							     : fail(PB_ERR_MEMORY, "%u pages", g->count);
}

void pages_destroy(struct pb_paged *p)
{
	struct pages *g = &p->pages;
	for (uint32_t i = 0; g->frames && i < g->used; i++)
		memory_free(p, &g->frames[i].entry);
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

static struct frame *take_frame(struct pages *g)
{
	struct frame *f = g->free;
	if (f)
		g->free = f->chain;
	else if (g->used < g->count)
		f = &g->frames[g->used++];
	return f;
}

struct frame *pages_add(struct pb_paged *p, uint32_t model, uint64_t page, size_t size)
{
	struct frame *f = take_frame(&p->pages);
	if (!f)
		return NULL;
	struct frame **slot = slot_of(&p->pages, model, page);
	f->model = model;
	f->page = page;
	f->chain = *slot;
	*slot = f;
	f->entry.size = size;
	f->entry.offset = p->entries[model].offset + page * p->config.page_size;
	f->entry.node = (struct policy_node){ .id = (uint32_t)(f - p->pages.frames), .size = size };
	return f;
}

void pages_remove(struct pb_paged *p, struct frame *f)
{
	struct frame **at = slot_of(&p->pages, f->model, f->page);
	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	memory_give(p, &f->entry);
	memset(f, 0, sizeof(*f));
	f->chain = p->pages.free;
	p->pages.free = f;
}

void pages_mark_gone(struct pb_paged *p, const struct frame *f)
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
