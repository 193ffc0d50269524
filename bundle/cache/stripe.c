/* SPDX-License-Identifier: BSD-2-Clause */
#include "stripe.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct stripe, hits) == offsetof(struct pb_stripe, hits), "");
_Static_assert(offsetof(struct stripe, words) == offsetof(struct pb_stripe, models), "");
_Static_assert(THREAD_IDS == PB_STRIPES, "");

struct stripe *stripe_new(struct pb_paged *paged, uint32_t models)
{
	size_t bytes = (sizeof(struct stripe) + models * sizeof(uint64_t) + 63) & ~(size_t)63;
	struct stripe *s = aligned_alloc(64, bytes);
	if (!s)
		return NULL;
	memset(s, 0, bytes);
	s->words = s->word;
	s->paged = paged;
	return s;
}
