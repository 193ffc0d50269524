/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which model leaves the cache first. One policy a file, behind these six calls; none of them allocates but
 * create. A policy sees the entries that may be evicted; the cache takes pinned ones out when they come up as
 * victims.
 */
#ifndef BUNDLE_POLICY_H
#define BUNDLE_POLICY_H

#define NDEBUG /* a library does not abort: the lists' own checks are left out */
#include <utlist.h>

#include "entry.h"

struct policy;

struct policy_ops {
	const char *name;
	struct policy *(*create)(uint32_t entries); /* for at most that many; NULL: out of memory */
	void (*destroy)(struct policy *policy);
	void (*insert)(struct policy *policy, struct entry *entry); /* most recent, entry->uses as it is */
	void (*touch)(struct policy *policy, struct entry *entry);  /* a hit */
	void (*remove)(struct policy *policy, struct entry *entry);
	struct entry *(*victim)(const struct policy *policy); /* stays where it is; NULL: there is none */
};

extern const struct policy_ops policy_lru, policy_lfu;

#endif
