/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulated cache without data, which adds up what the misses of a policy would cost. */
#ifndef BUNDLE_POLICY_SHADOW_H
#define BUNDLE_POLICY_SHADOW_H

#include "policy.h"

struct shadow {
	const struct policy_row *row;
	struct policy *policy;
	struct policy_node *nodes; /* uses 0: not in the simulated cache */
	uint64_t limit, used;      /* bytes */
	uint64_t cost;             /* of its misses */
};

/* For nodes numbered from 0 to `nodes` - 1. false: out of memory, and there is nothing to free. */
bool shadow_init(struct shadow *shadow, const struct policy_row *row, uint32_t nodes, uint64_t limit);

/* An access to node `number`, whose size never changes. */
void shadow_access(struct shadow *shadow, uint32_t number, uint64_t size);

/* One that is all zero is fine. */
void shadow_free(struct shadow *shadow);

#endif
