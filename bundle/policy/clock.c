/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CLOCK: a queue in order of arrival, in which a hit only marks a node. The victim is the oldest unmarked
 * node; marked ones before it lose the mark and move to the front. The paper's ring with its hand is this queue
 * with its two ends: the hand stands between the newest and the oldest.
 *
 * F. J. Corbató: A paging experiment with the Multics system. MIT Project MAC, MAC-M-384, 1968. All calls
 * O(1); victim amortised: each step removes a mark that a hit has set. Sizes do not affect the order.
 */
#include <stdlib.h>

#include "queue.h"

struct clock {
	struct policy base;
	struct queue queue;
};

static struct policy *clock_create(const struct policy_setup *setup)
{
	(void)setup;
	struct clock *clock = calloc(1, sizeof(*clock));
	return clock ? &clock->base : NULL;
}

static void clock_destroy(struct policy *policy)
{
	free(policy);
}

static void clock_insert(struct policy *policy, struct policy_node *node)
{
	node->marks = node->uses > 1;
	queue_push(&((struct clock *)policy)->queue, node);
}

static void clock_touch(struct policy *policy, struct policy_node *node)
{
	(void)policy;
	node->marks = 1;
}

static void clock_remove(struct policy *policy, struct policy_node *node)
{
	queue_remove(&((struct clock *)policy)->queue, node);
}

static struct policy_node *clock_victim(struct policy *policy, const struct policy_node *incoming)
{
	struct queue *queue = &((struct clock *)policy)->queue;
	struct policy_node *node;
	(void)incoming;
	while ((node = queue_oldest(queue)) && node->marks) {
		node->marks = 0;
		queue_move(queue, node);
	}
	return node;
}

const struct policy_ops policy_clock = {
	.create = clock_create,
	.destroy = clock_destroy,
	.insert = clock_insert,
	.touch = clock_touch,
	.victim = clock_victim,
	.remove = clock_remove,
};
