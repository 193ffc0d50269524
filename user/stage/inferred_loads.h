/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of loaders that have no probes, inferred from the use of files whose parts are known (models, tensors). A load of a
 * part begins when it is touched (read by a call or io_uring, or by a fault) for the first time in this run, or after pages
 * of it came from storage again, and ends when all its bytes were asked for (of faults: and the thread turns to another
 * part), or nobody has touched it for TURNED_NS. A
 * touch of a part that was loaded before, without pages from storage, is no load. It is a reload if bytes came that had
 * come before in this run, or had been read by then: the kernel had evicted them. Memory is bounded (inferred_parts.h).
 */
#ifndef USER_STAGE_INFERRED_LOADS_H
#define USER_STAGE_INFERRED_LOADS_H

#include "cause.h"

enum { INFERRED_THREADS = 16384, TURNED_NS = 100000000 };

struct inferred_loads;

/* *ids: the last id that was given; it grows with each load. `storage_seen`: pages that come from storage are observed.
 * NULL: out of memory. */
struct inferred_loads *inferred_loads_new(
	uint64_t *ids, bool storage_seen, const struct cause_output *output);
void inferred_loads_free(struct inferred_loads *loads);

/* Takes an event on a file; others only tell the time. `own`: bundles tell of their loads themselves. Returns what the
 * output returned. */
int inferred_loads_take(struct inferred_loads *loads, struct event *ev, bool own);

/* Ends loads that nobody has touched for long. */
int inferred_loads_pass(struct inferred_loads *loads, uint64_t now_ns);

/* Ends all that are open. */
int inferred_loads_finish(struct inferred_loads *loads);

/* Uses of parts that are in no load, for lack of memory. */
uint64_t inferred_loads_left_out(const struct inferred_loads *loads);

#endif
