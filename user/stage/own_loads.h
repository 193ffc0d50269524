/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of libpagedbundle's, as its probes tell of them: from a miss or prefetch to the load event of the same bytes in the
 * same thread. A thread may have several at once (pages of a model, pb_get_many()). What it does meanwhile belongs to the
 * load whose bytes it is on, or else to the one that began last; so do reads, faults and pages of other threads of the
 * process on bytes of an open load. Memory is bounded: a load beyond OWN_LOADS owns nothing.
 */
#ifndef USER_STAGE_OWN_LOADS_H
#define USER_STAGE_OWN_LOADS_H

#include "user/event/event.h"
#include "user/event/load_costs.h"

enum { OWN_LOADS = 4096 };

struct own_loads;

/* *ids: the last id that was given; it grows with each load. `storage_seen`: pages that came from storage are observed.
 * NULL: out of memory. */
struct own_loads *own_loads_new(uint64_t *ids, bool storage_seen);
void own_loads_free(struct own_loads *loads);

/* Takes an event of the app layer: gives it its load, and what served the load to the event that ends it. These costs are
 * valid until the next call. */
void own_loads_app(struct own_loads *loads, struct event *ev);

/* Takes any other event, and gives it the load that it belongs to. */
void own_loads_other(struct own_loads *loads, struct event *ev);

/* Ends the loads of a thread, or all, without an event. */
void own_loads_end_thread(struct own_loads *loads, uint32_t tid);
void own_loads_end_all(struct own_loads *loads);

#endif
