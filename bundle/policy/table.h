/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of all policies. A new one is a file, a row here, and its number in enum pb_policy. */
#ifndef BUNDLE_POLICY_TABLE_H
#define BUNDLE_POLICY_TABLE_H

#include "policy.h"

/* Public number, public name, operations, whether PB_POLICY_AUTO tries it. LFU is no candidate: it never
 * recovers from what was popular once, and LFU-DA is LFU without that fault. */
#define POLICIES(X)                                                                                          \
	X(PB_POLICY_LRU, "LRU", policy_lru, true)                                                            \
	X(PB_POLICY_LFU, "LFU", policy_lfu, false)                                                           \
	X(PB_POLICY_LFU_DA, "LFU-DA", policy_lfu_da, true)                                                   \
	X(PB_POLICY_CLOCK, "CLOCK", policy_clock, true)                                                      \
	X(PB_POLICY_SIEVE, "SIEVE", policy_sieve, true)                                                      \
	X(PB_POLICY_S3_FIFO, "S3-FIFO", policy_s3_fifo, true)                                                \
	X(PB_POLICY_ARC, "ARC", policy_arc, true)                                                            \
	X(PB_POLICY_GDSF, "GDSF", policy_gdsf, true)                                                         \
	X(PB_POLICY_AUTO, "AUTO", policy_auto, false)

#define POLICY_OPS(number, name, ops, candidate) extern const struct policy_ops ops;
POLICIES(POLICY_OPS)
#undef POLICY_OPS

/* NULL: there is no policy of that number. */
const struct policy_row *policy_find(enum pb_policy number);

/* A policy, freed by policy_destroy. `number` is one that policy_find knows. NULL: out of memory. */
struct policy *policy_create(enum pb_policy number, const struct policy_setup *setup);

#endif
