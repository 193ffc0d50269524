/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <stddef.h>
#include <strings.h>

#define POLICIES (sizeof(policies) / sizeof(*policies))

static const struct policy_ops *const policies[] = {
	[PB_POLICY_LRU] = &policy_lru,
	[PB_POLICY_LFU] = &policy_lfu,
	[PB_POLICY_LFU_DA] = &policy_lfu_da,
	[PB_POLICY_CLOCK] = &policy_clock,
	[PB_POLICY_SIEVE] = &policy_sieve,
	[PB_POLICY_S3_FIFO] = &policy_s3_fifo,
	[PB_POLICY_ARC] = &policy_arc,
	[PB_POLICY_GDSF] = &policy_gdsf,
	[PB_POLICY_AUTO] = &policy_auto,
};

const struct policy_ops *policy_find(enum pb_policy which)
{
	return (unsigned int)which < POLICIES ? policies[which] : NULL;
}

struct policy *policy_create(enum pb_policy which, const struct policy_setup *setup)
{
	struct policy *policy = policies[which]->create(setup);
	if (policy)
		policy->ops = policies[which];
	return policy;
}

const char *pb_policy_name(enum pb_policy which)
{
	const struct policy_ops *ops = policy_find(which);
	return ops ? ops->name : NULL;
}

bool pb_policy_find(const char *name, enum pb_policy *which)
{
	for (unsigned int i = 0; i < POLICIES; i++)
		if (name && strcasecmp(name, policies[i]->name) == 0) {
			*which = (enum pb_policy)i;
			return true;
		}
	return false;
}
