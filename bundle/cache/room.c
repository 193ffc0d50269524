/* SPDX-License-Identifier: BSD-2-Clause */
#include "room.h"

#include <inttypes.h>

#include "cache.h"

static bool evict_page(struct pb_paged *p)
{
	return p->pages.policy && cache_evict_one(p, p->pages.policy, NULL);
}

int room_make(struct pb_paged *p, uint64_t size, const struct entry *incoming)
{
	if (p->config.hard_limit && size > p->config.max_memory)
		return fail(
			PB_ERR_LIMIT, "%" PRIu64 " bytes, the limit is %" PRIu64, size, p->config.max_memory);
	while (!handle_fits(p, size) && (cache_evict_one(p, p->policy, incoming) || evict_page(p)))
		;
	if (p->config.hard_limit && !handle_fits(p, size))
		return fail(PB_ERR_LIMIT,
			"%" PRIu64 " bytes beside %" PRIu64 " in use, the limit is %" PRIu64, size,
			p->counters.memory_used + p->reserved, p->config.max_memory);
	return PB_OK;
}

bool room_make_for_page(struct pb_paged *p, uint64_t size)
{
	while (!handle_fits(p, size))
		if (!evict_page(p))
			return room_make(p, size, NULL) == PB_OK && handle_fits(p, size);
	return true;
}
