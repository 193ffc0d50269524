/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eviction policies: which model, or page, leaves the cache first. A policy orders nodes, which their owner
 * embeds in what it caches. It knows the nodes that may be evicted, and may remember some that were evicted
 * (ghosts). Only create allocates, and PB_POLICY_AUTO when it changes its policy. The owner serialises calls.
 *
 *   hit              policy_touch
 *   miss             policy_miss; until there is room, policy_victim and policy_evict of the node it returns;
 *                    policy_insert when the load has succeeded
 *   prefetch         the same without policy_miss
 *   pinned victim    policy_remove, and policy_insert when it is released
 *   any other way out of the cache   policy_remove
 */
#ifndef BUNDLE_POLICY_POLICY_H
#define BUNDLE_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"

/* The owner sets id and size before the first call, all else to zero, and later only `uses`. A node must
 * outlive the policy. */
struct policy_node {
	struct policy_node *prev, *next;
	struct queue *queue; /* the queue it is in, by prev and next; NULL: none */
	uint64_t size;       /* bytes */
	uint64_t uses;       /* since it was loaded, including the load */
	union {
		uint64_t priority; /* in a heap */
		uint64_t marks;    /* in a queue: hits that have not yet saved it from eviction */
	};
	uint64_t turn;  /* in a heap: among equal priorities, the lowest is first */
	uint32_t place; /* in a heap: its index */
	uint32_t id;    /* unique, below policy_setup.nodes */
};

/* The cost (policy_cost) of the sample's misses under either policy. */
struct policy_change {
	enum pb_policy from, to;
	uint64_t cost_from, cost_to;
};

struct policy_setup {
	uint32_t nodes; /* how many there are */
	uint64_t limit; /* bytes the cache may hold */
	/* PB_POLICY_AUTO calls it, within policy_miss, after it has changed its policy. May be NULL. */
	void (*changed)(void *owner, const struct policy_change *change);
	void *owner;
	const struct policy_table
		*table; /* set by policy_create: where PB_POLICY_AUTO finds its candidates */
};

struct policy;

struct policy_ops {
	struct policy *(*create)(
		const struct policy_setup *setup); /* leaves `ops` unset; NULL: out of memory */
	void (*destroy)(struct policy *policy);
	void (*miss)(struct policy *policy, struct policy_node *node); /* may be NULL */
	void (*insert)(struct policy *policy, struct policy_node *node);
	void (*touch)(struct policy *policy, struct policy_node *node); /* `uses` is already incremented */
	struct policy_node *(*victim)(struct policy *policy, const struct policy_node *incoming);
	void (*evict)(struct policy *policy, struct policy_node *node); /* NULL: remove is used */
	void (*remove)(struct policy *policy, struct policy_node *node);
};

/* The first member of every policy's own struct. */
struct policy {
	const struct policy_ops *ops;
};

/* A policy as the table (table.h) lists it. */
struct policy_row {
	enum pb_policy number;
	const char *name; /* of pb_policy_name */
	const struct policy_ops *ops;
	bool candidate; /* PB_POLICY_AUTO tries it */
};

struct policy_table {
	const struct policy_row *rows;
	uint32_t count;
};

/* NULL: out of memory. */
static inline struct policy *policy_new(const struct policy_row *row, const struct policy_setup *setup)
{
	struct policy *policy = row->ops->create(setup);
	if (policy)
		policy->ops = row->ops;
	return policy;
}

/* The cost of a load, in bytes: its size plus a constant for the load itself. A function of the size alone,
 * not of measured time, so that a run can be repeated exactly. */
#define POLICY_LOAD_COST 65536u
static inline uint64_t policy_cost(uint64_t size)
{
	return size + POLICY_LOAD_COST;
}

/* The node was asked for and is not in the cache. */
static inline void policy_miss(struct policy *policy, struct policy_node *node)
{
	if (policy->ops->miss)
		policy->ops->miss(policy, node);
}

/* Adds a node as the most recent. `uses` is 1 after a load, and kept if it was removed while pinned. */
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

/* The node to evict next to make room for `incoming` (NULL: no particular node). It stays
 * until policy_evict or policy_remove; a second call without these may return another. NULL: there is none. */
static inline struct policy_node *policy_victim(struct policy *policy, const struct policy_node *incoming)
{
	return policy->ops->victim(policy, incoming);
}

/* Removes an evicted node; the policy may remember it. */
static inline void policy_evict(struct policy *policy, struct policy_node *node)
{
	(policy->ops->evict ? policy->ops->evict : policy->ops->remove)(policy, node);
}

/* Removes a node, and remembers nothing of it. */
static inline void policy_remove(struct policy *policy, struct policy_node *node)
{
	policy->ops->remove(policy, node);
}

/* Forgets remembered nodes. Nodes still in the policy must not be used with any policy afterwards. */
static inline void policy_destroy(struct policy *policy)
{
	if (policy)
		policy->ops->destroy(policy);
}

#endif
