/* SPDX-License-Identifier: BSD-2-Clause */
#include "advice.h"

#include "user/base/units.h"

static bool within(const struct state *state, uint64_t time_ns)
{
	return time_ns && time_ns + state->window_ns >= state->now_ns;
}

bool model_thrashes(const struct state *state, const struct model *model)
{
	return within(state, model->thrash_ns);
}

void advice_update(const struct state *state, struct bundle *bundle)
{
	struct thrash thrash = { 0 };
	for (const struct model *model = bundle->models; model; model = model->hh.next) {
		thrash.models += model_thrashes(state, model);
		if (!within(state, model->asked_ns))
			continue;
		thrash.distinct++;
		if (__builtin_add_overflow(thrash.needed, model->size, &thrash.needed))
			thrash.needed = UINT64_MAX;
	}
	thrash.fits = thrash.needed <= bundle->limit;
	bundle->thrash = thrash;
}

void advice_text(struct text *t, const struct state *state, const struct bundle *bundle)
{
	const struct thrash *thrash = &bundle->thrash;
	if (!thrash->models)
		return;
	text_str(t, "limit ");
	unit_bytes(t, bundle->limit);
	text_str(t, thrash->fits ? ", enough for " : ", needs ");
	if (!thrash->fits) {
		unit_bytes_up(t, thrash->needed);
		text_str(t, " for ");
	}
	text_printf(t, "the %llu models asked for in %g s (%u reloaded)",
		(unsigned long long)thrash->distinct, (double)state->window_ns / 1e9, thrash->models);
}
