/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The USDT probes of provider pagedbundle (docs/usdt.md). A caller asks PROBE_ARMED first, so that a probe
 * nobody watches costs one load and one branch and computes no argument:
 *
 *   if (PROBE_ARMED(hit))
 *           probe_hit(id, name, offset, size);
 */
#ifndef BUNDLE_OBSERVE_PROBES_H
#define BUNDLE_OBSERVE_PROBES_H

#include <stdint.h>

#include "bundle/pagedbundle.h"

/* Each function is the only site of its probe. */
enum load_cause {
	CAUSE_DEMAND = 0,
	CAUSE_HISTORY = 1,
	CAUSE_HINT = 2,
	CAUSE_MARKOV = 3,
	CAUSE_SEQUENCE = 4,
	CAUSE_PLAN = 5,
	CAUSE_READ_AHEAD = 6
};
enum evict_reason { EVICT_PRESSURE = 0, EVICT_EXPLICIT = 1, EVICT_CLEAR = 2, EVICT_CLOSE = 3 };

#define PROBES(X) X(open) X(hit) X(miss) X(load) X(evict) X(prefetch) X(error) X(close) X(policy)

/* The kernel counts a semaphore up while somebody watches. */
#define PROBE_SEMAPHORE(probe) extern unsigned short pagedbundle_##probe##_semaphore;
PROBES(PROBE_SEMAPHORE)
#undef PROBE_SEMAPHORE

#define PROBE_ARMED(probe)                                                                                   \
	__builtin_expect(*(volatile unsigned short *)&pagedbundle_##probe##_semaphore != 0, 0)

void probe_open(uint64_t bundle, const char *path, uint64_t models, uint64_t data_offset, uint64_t limit,
	const struct pb_counters *counters);
void probe_hit(uint64_t bundle, const char *name, uint64_t offset, uint64_t size);
void probe_miss(uint64_t bundle, const char *name, uint64_t offset, uint64_t size);
void probe_load(
	uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t ns, uint64_t cause);
void probe_evict(uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t reason,
	uint64_t resident);
void probe_prefetch(uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t source);
void probe_error(uint64_t bundle, const char *name, uint64_t error);
void probe_close(uint64_t bundle, uint64_t hits, uint64_t misses, uint64_t evictions, uint64_t prefetches,
	uint64_t bytes_loaded, const struct pb_counters *counters);
void probe_policy(
	uint64_t bundle, const char *name, uint64_t from, uint64_t to, uint64_t cost_from, uint64_t cost_to);

#endif
