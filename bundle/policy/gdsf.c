/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two policies with one method: a heap of priorities, whose lowest is the victim. The clock is the priority of
 * the last victim. A node's priority is the clock at its last use plus a worth, so that newcomers overtake
 * nodes that are no longer used.
 *
 *   GDSF    worth: uses x cost / size, the cost saved per byte; cost is policy_cost, in 256ths, rounded down.
 *   LFU-DA  worth: uses. This is LFU with dynamic ageing. Sizes do not affect the order.
 *
 * L. Cherkasova: Improving WWW proxies performance with Greedy-Dual-Size-Frequency caching policy. HP Labs,
 * HPL-98-69, 1998. M. Arlitt, L. Cherkasova, J. Dilley, R. Friedrich, T. Jin: Evaluating content management
 * techniques for web proxy caches. ACM Performance Evaluation Review 27(4), 2000. Among equal priorities the
 * least recently used is first. All calls O(log n), victim O(1).
 *
 * Priorities may wrap around 2^64: those in the heap differ by the largest worth at most, which is below 2^63.
 */
#include <stdlib.h>

#include "policy.h"

#define MOST_USES ((uint64_t)1 << 32) /* GDSF's worth stays below 2^57 */

struct gdsf {
	struct policy base;
	uint64_t (*worth)(const struct policy_node *node);
	uint64_t clock, turn;
	uint32_t count;
	struct policy_node *heap[];
};

static uint64_t worth_by_size(const struct policy_node *node)
{
	uint64_t size = node->size ? node->size : 1;
	uint64_t uses = node->uses < MOST_USES ? node->uses : MOST_USES;
	return uses * (policy_cost(size) * 256 / size);
}

static uint64_t worth_by_uses(const struct policy_node *node)
{
	return node->uses;
}

static struct policy *create(const struct policy_setup *setup, uint64_t (*worth)(const struct policy_node *))
{
	struct gdsf *g = calloc(1, sizeof(*g) + setup->nodes * sizeof(*g->heap));
	if (!g)
		return NULL;
	g->worth = worth;
	return &g->base;
}

static struct policy *gdsf_create(const struct policy_setup *setup)
{
	return create(setup, worth_by_size);
}

static struct policy *lfu_da_create(const struct policy_setup *setup)
{
	return create(setup, worth_by_uses);
}

static void gdsf_destroy(struct policy *policy)
{
	free(policy);
}

static bool goes_before(const struct policy_node *a, const struct policy_node *b)
{
	int64_t more = (int64_t)(a->priority - b->priority);
	return more ? more < 0 : a->turn < b->turn;
}

static void put(struct gdsf *g, uint32_t place, struct policy_node *node)
{
	g->heap[place] = node;
	node->place = place;
}

/* Moves a node from a free place to where it belongs: up ... */
static void rise(struct gdsf *g, uint32_t place, struct policy_node *node)
{
	while (place > 0 && goes_before(node, g->heap[(place - 1) / 2])) {
		put(g, place, g->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(g, place, node);
}

/* ... or down, and then up if it had to. */
static void sink(struct gdsf *g, uint32_t place, struct policy_node *node)
{
	uint32_t child;
	while ((child = 2 * place + 1) < g->count) {
		if (child + 1 < g->count && goes_before(g->heap[child + 1], g->heap[child]))
			child++;
		if (!goes_before(g->heap[child], node))
			break;
		put(g, place, g->heap[child]);
		place = child;
	}
	rise(g, place, node);
}

static void value(struct gdsf *g, struct policy_node *node)
{
	node->priority = g->clock + g->worth(node);
	node->turn = g->turn++;
}

static void gdsf_insert(struct policy *policy, struct policy_node *node)
{
	struct gdsf *g = (struct gdsf *)policy;
	value(g, node);
	rise(g, g->count++, node);
}

static void gdsf_touch(struct policy *policy, struct policy_node *node)
{
	struct gdsf *g = (struct gdsf *)policy;
	value(g, node);
	sink(g, node->place, node);
}

static void gdsf_remove(struct policy *policy, struct policy_node *node)
{
	struct gdsf *g = (struct gdsf *)policy;
	struct policy_node *last = g->heap[--g->count];
	if (last != node)
		sink(g, node->place, last);
}

static void gdsf_evict(struct policy *policy, struct policy_node *node)
{
	((struct gdsf *)policy)->clock = node->priority;
	gdsf_remove(policy, node);
}

static struct policy_node *gdsf_victim(struct policy *policy, const struct policy_node *incoming)
{
	struct gdsf *g = (struct gdsf *)policy;
	(void)incoming;
	return g->count ? g->heap[0] : NULL;
}

const struct policy_ops policy_gdsf = {
	.create = gdsf_create,
	.destroy = gdsf_destroy,
	.insert = gdsf_insert,
	.touch = gdsf_touch,
	.victim = gdsf_victim,
	.evict = gdsf_evict,
	.remove = gdsf_remove,
};

const struct policy_ops policy_lfu_da = {
	.create = lfu_da_create,
	.destroy = gdsf_destroy,
	.insert = gdsf_insert,
	.touch = gdsf_touch,
	.victim = gdsf_victim,
	.evict = gdsf_evict,
	.remove = gdsf_remove,
};
