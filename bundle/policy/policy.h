/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which model, or page, leaves the cache first. One policy a file, behind these calls; none of them allocates
 * but create, and a change of PB_POLICY_AUTO. A policy sees nodes, which their owner embeds in what it
 * caches; it knows those that may be evicted, and may remember some that were. Its owner makes one call at a
 * time.
 *
 *   a hit      policy_touch
 *   a miss     policy_miss, then until there is room: policy_victim and policy_evict of what it names;
 *              policy_insert when the load succeeded
 *   a load that nobody asked for: the same without policy_miss
 *   a victim that is pinned: policy_remove, and policy_insert when it is released
 *   all other ways out of the cache: policy_remove
 */
#ifndef BUNDLE_POLICY_POLICY_H
#define BUNDLE_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"

/* The owner sets id and size before the first call, and nothing else but `uses`; all zero otherwise. It must
 * outlive the policy. */
struct policy_node {
	struct policy_node *prev, *next;
	struct queue *queue; /* that it is in, by prev and next; NULL: in none */
	uint64_t size;       /* bytes */
	uint64_t uses;       /* since it was loaded, the load included */
	union {
		uint64_t priority; /* in a heap */
		uint64_t marks;    /* in a queue: hits that it was not spared for yet */
	};
	uint64_t turn;  /* in a heap: of equal priority the lowest is first */
	uint32_t place; /* in a heap */
	uint32_t id;    /* below policy_setup.nodes; another for each */
};

struct policy_change;

struct policy_setup {
	uint32_t nodes; /* how many there are */
	uint64_t limit; /* bytes the cache may hold */
	/* PB_POLICY_AUTO took another policy, within policy_miss. NULL: nobody wants to know. */
	void (*changed)(void *owner, const struct policy_change *change);
	void *owner;
};

/* What the misses of a sample would have cost (policy_cost) with either. */
struct policy_change {
	enum pb_policy from, to;
	uint64_t cost_from, cost_to;
};

struct policy;

struct policy_ops {
	const char *name;
	struct policy *(*create)(const struct policy_setup *setup); /* sets no ops; NULL: out of memory */
	void (*destroy)(struct policy *policy);
	void (*miss)(struct policy *policy, struct policy_node *node); /* may be NULL */
	void (*insert)(struct policy *policy, struct policy_node *node);
	void (*touch)(struct policy *policy, struct policy_node *node); /* uses is counted already */
	struct policy_node *(*victim)(struct policy *policy, const struct policy_node *incoming);
	void (*evict)(struct policy *policy, struct policy_node *node); /* NULL: remove serves */
	void (*remove)(struct policy *policy, struct policy_node *node);
};

/* How every policy's own struct begins. */
struct policy {
	const struct policy_ops *ops;
};

extern const struct policy_ops policy_lru, policy_lfu, policy_lfu_da, policy_clock, policy_sieve,
	policy_s3_fifo, policy_arc, policy_gdsf, policy_auto;

/* NULL: there is none of that number. */
const struct policy_ops *policy_find(enum pb_policy which);

/* `which` is one that policy_find knows. NULL: out of memory. */
struct policy *policy_create(enum pb_policy which, const struct policy_setup *setup);

/* What a load costs: its bytes, and as much as so many bytes for being a load at all. A number that depends
 * on nothing but the size, so that a cache does the same whenever it is asked the same. */
#define POLICY_LOAD_COST 65536u
static inline uint64_t policy_cost(uint64_t size)
{
	return size + POLICY_LOAD_COST;
}

/* Asked for, and not in the cache. */
static inline void policy_miss(struct policy *policy, struct policy_node *node)
{
	if (policy->ops->miss)
		policy->ops->miss(policy, node);
}

/* In the cache, the most recent: with one use when it was loaded, with more when it was away while pinned. */
static inline void policy_insert(struct policy *policy, struct policy_node *node)
{
	policy->ops->insert(policy, node);
}

/* A hit on a node that the policy knows. */
static inline void policy_touch(struct policy *policy, struct policy_node *node)
{
	node->uses++;
	policy->ops->touch(policy, node);
}

/* The next to go, for the sake of `incoming` (NULL: of none). It stays until policy_evict or policy_remove;
 * asked twice without these, a policy may name another. NULL: it knows none. */
static inline struct policy_node *policy_victim(struct policy *policy, const struct policy_node *incoming)
{
	return policy->ops->victim(policy, incoming);
}

/* It left to make room; the policy may remember it. */
static inline void policy_evict(struct policy *policy, struct policy_node *node)
{
	(policy->ops->evict ? policy->ops->evict : policy->ops->remove)(policy, node);
}

/* Out of the policy's sight; nothing of it is remembered. */
static inline void policy_remove(struct policy *policy, struct policy_node *node)
{
	policy->ops->remove(policy, node);
}

/* Nodes that it remembers are let go; those that it knows are to be removed before, or never used again. */
static inline void policy_destroy(struct policy *policy)
{
	if (policy)
		policy->ops->destroy(policy);
}

#endif
