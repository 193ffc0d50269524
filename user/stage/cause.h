/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which load an event belongs to. A load of libpagedbundle's lasts from its miss or prefetch to its load event, and owns
 * what its thread does meanwhile, and what other threads do on its bytes of the bundle's file. Loads of other loaders are
 * inferred from the use of files of a known format (inferred_loads.h). For one thread.
 */
#ifndef USER_STAGE_CAUSE_H
#define USER_STAGE_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "user/event/event.h"

struct cause;

/* Where events that are made go, before the one at hand. 0 or -errno, which cause_take() returns. */
struct cause_output {
	int (*made)(void *ctx, const struct event *ev);
	void *ctx;
};

/* Which loads are looked for. */
struct cause_options {
	bool own;   /* those of bundles: their beginnings and ends are traced */
	bool infer; /* those of other loaders */
};

/* NULL: out of memory. */
struct cause *cause_new(const struct cause_options *options, const struct cause_output *output);
void cause_free(struct cause *cause);

/* Gives an event its load, and what served the load to the event that ends it. */
int cause_take(struct cause *cause, struct event *ev);

/* After the last event: ends the inferred loads that are open. */
int cause_finish(struct cause *cause);

/* Events are missing: what is open may have ended. */
void cause_gap(struct cause *cause);

/* Parts of files whose loads were not inferred, for lack of memory. */
uint64_t cause_not_inferred(const struct cause *cause);

#endif
