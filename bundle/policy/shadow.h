/* SPDX-License-Identifier: BSD-2-Clause */
/* A cache without data: what a policy would have missed. */
#ifndef BUNDLE_POLICY_SHADOW_H
#define BUNDLE_POLICY_SHADOW_H

#include "policy.h"

struct shadow {
	struct policy *policy;
	struct policy_node *nodes; /* with uses 0: not in it */
	uint64_t limit, used;      /* bytes */
	uint64_t cost;             /* of its misses */
};

/* For nodes numbered from 0 to below `nodes`. false: out of memory, there is nothing to free. */
bool shadow_init(struct shadow *shadow, enum pb_policy which, uint32_t nodes, uint64_t limit);

/* Node `number`, always of the same size, is asked for. */
void shadow_access(struct shadow *shadow, uint32_t number, uint64_t size);

void shadow_free(struct shadow *shadow);

#endif
