/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The USDT probes of provider pagedbundle (docs/usdt.md). Callers check PROBE_ARMED first, so that an
 * unobserved probe costs one load and one branch and computes no argument:
 *
 *   if (PROBE_ARMED(hit))
 *           probe_hit(id, name, offset, size);
 */
#ifndef BUNDLE_OBSERVE_PROBES_H
#define BUNDLE_OBSERVE_PROBES_H

#include <stdint.h>

#include "bundle/pagedbundle.h"
#include "probes.def"

enum load_cause {
#define CAUSE(ID, word) CAUSE_##ID,
	LOAD_CAUSES(CAUSE)
#undef CAUSE
};
enum evict_reason {
#define REASON(ID, word) EVICT_##ID,
	EVICT_REASONS(REASON)
#undef REASON
};

/* Semaphores: the kernel increments one while its probe is observed. */
#define PROBE_SEMAPHORE(ID, name, ...) extern unsigned short pagedbundle_##name##_semaphore;
PROBES(PROBE_SEMAPHORE)
#undef PROBE_SEMAPHORE

#define PROBE_ARMED(probe)                                                                                   \
	__builtin_expect(*(volatile unsigned short *)&pagedbundle_##probe##_semaphore != 0, 0)

/* probe_hit(bundle, name, offset, size) and so on: the arguments are those of probes.def. Each function is the only
 * site of its probe. */
#define PROBE_NAME_MODEL , const char *name
#define PROBE_NAME_PATH  , const char *name
#define PROBE_NAME_LABEL , const char *name
#define PROBE_NAME_NONE
#define PROBE_TYPE_COUNT                               uint64_t
#define PROBE_TYPE_BYTES                               uint64_t
#define PROBE_TYPE_OFFSET                              uint64_t
#define PROBE_TYPE_SIZE                                uint64_t
#define PROBE_TYPE_NS                                  uint64_t
#define PROBE_TYPE_ERRNO                               uint64_t
#define PROBE_TYPE_CAUSE                               uint64_t
#define PROBE_TYPE_SOURCE                              uint64_t
#define PROBE_TYPE_REASON                              uint64_t
#define PROBE_TYPE_POLICY                              uint64_t
#define PROBE_TYPE_COUNTERS                            const struct pb_counters *
#define PROBE_PARAMETER(ID, ARG, parameter, type, ...) , PROBE_TYPE_##type parameter
#define PROBE_FUNCTION(ID, name, subject, ...)                                                               \
	void probe_##name(uint64_t bundle PROBE_NAME_##subject PROBE_ARGS_##ID(PROBE_PARAMETER))
#define PROBE_DECLARE(...) PROBE_FUNCTION(__VA_ARGS__);
PROBES(PROBE_DECLARE)
#undef PROBE_DECLARE

#endif
