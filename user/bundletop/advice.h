/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thrash, and the limit that would end it.
 *
 * A model thrashes when it was evicted for room and requested again, and that eviction is no older than the
 * window. The limit that would have avoided all such reloads is the sum of the sizes of the distinct models
 * requested or loaded within the window: with that much room, no model requested within the window has to be
 * evicted before it is requested again, whatever the eviction policy. It is an upper bound: a smaller limit may
 * do for a program that requests some models much more often than others.
 */
#ifndef USER_BUNDLETOP_ADVICE_H
#define USER_BUNDLETOP_ADVICE_H

#include "user/base/text.h"
#include "state.h"

/* Fills bundle->thrash as of state->now_ns. */
void advice_update(const struct state *state, struct bundle *bundle);

/* Appends "limit 2.0M, needs 4.1M for the 66 models asked for in 10 s (33 reloaded)"; nothing if nothing thrashes. */
void advice_text(struct text *t, const struct state *state, const struct bundle *bundle);

#endif
