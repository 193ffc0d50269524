/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <stddef.h>

static const struct policy_ops *const policies[] = {
	[PB_POLICY_LRU] = &policy_lru,
	[PB_POLICY_LFU] = &policy_lfu,
};

const struct policy_ops *policy_find(enum pb_policy which)
{
	return (unsigned int)which < sizeof(policies) / sizeof(*policies) ? policies[which] : NULL;
}

struct policy *policy_create(enum pb_policy which, const struct policy_setup *setup)
{
	struct policy *policy = policies[which]->create(setup);
	if (policy)
		policy->ops = policies[which];
	return policy;
}
