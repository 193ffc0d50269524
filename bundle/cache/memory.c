/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bundle/io/map.h"

/* What resident models of no bytes point to. */
static const char nothing[POOL_ALIGN];

static bool is_mapped(const struct pb_paged *p, const struct entry *e)
{
	return p->map && !entry_is_page(e);
}

/* Whether an entry may start anywhere in its buffer (buffer_place). Direct reads and huge pages want it at the
 * start, and for pages of models the room would be wasted. */
static bool is_placed(const struct pb_paged *p, const struct entry *e)
{
	return p->config.read != PB_READ_DIRECT && !p->config.huge_pages && !entry_is_page(e);
}

static size_t need(const struct pb_paged *p, const struct entry *e)
{
	return is_placed(p, e) ? buffer_need((size_t)e->size) : (size_t)e->size;
}

static void set_buffer(const struct pb_paged *p, struct entry *e, struct buffer buffer)
{
	e->memory = is_placed(p, e) ? buffer_place(buffer, (size_t)e->size, e->offset) : buffer.data;
	e->capacity = buffer.capacity;
}

void memory_reuse(struct pb_paged *p, struct entry *e)
{
	if (!is_mapped(p, e) && e->size > 0 && e->size <= SIZE_MAX)
		set_buffer(p, e, pool_take(&p->pool, need(p, e)));
}

bool memory_find(struct pb_paged *p, struct entry *e)
{
	bool huge_pages = p->config.huge_pages && !entry_is_page(e);
	if (e->size == 0)
		e->memory = (void *)nothing;
	else if (is_mapped(p, e))
		e->memory = (char *)p->map + e->offset;
	else if (!e->memory && e->size <= SIZE_MAX)
		set_buffer(p, e, buffer_new(need(p, e), huge_pages));
	return e->memory;
}

void memory_give(struct pb_paged *p, struct entry *e)
{
	if (e->memory && e->size && is_mapped(p, e))
		map_advise(p->map, e->offset, e->size, MADV_DONTNEED);
	else if (e->memory && e->size)
		pool_give(&p->pool, buffer_around(e->memory, e->capacity));
	e->memory = NULL;
}

void memory_free(const struct pb_paged *p, const struct entry *e)
{
	if (e->memory && e->size && !is_mapped(p, e))
		free(buffer_around(e->memory, e->capacity).data);
}
