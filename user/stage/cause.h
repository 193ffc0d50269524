/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which load an event belongs to: one of libpagedbundle's (own_loads.h), or one that is inferred from the use of a file of
 * a known format (inferred_loads.h). For one thread.
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
	bool own;          /* those of bundles: their beginnings and ends are traced */
	bool infer;        /* those of other loaders */
	bool storage_seen; /* pages that come from storage are observed */
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

/* Uses of parts of files that are in no load, for lack of memory. */
uint64_t cause_not_inferred(const struct cause *cause);

#endif
