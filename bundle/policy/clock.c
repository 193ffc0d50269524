/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CLOCK: a queue in order of arrival; the oldest goes, but if it was hit since the hand came by, it loses
 * that mark and starts anew instead. A hit only marks. The ring of the paper with its hand is this queue with
 * its end: the hand is between the newest and the oldest.
 *
 * F. J. Corbató: A paging experiment with the Multics system. MIT Project MAC, MAC-M-384, 1968. All calls
 * O(1); victim amortised: each step takes a mark that a hit has left. Sizes do not matter to the order.
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
	.name = "CLOCK",
	.create = clock_create,
	.destroy = clock_destroy,
	.insert = clock_insert,
	.touch = clock_touch,
	.victim = clock_victim,
	.remove = clock_remove,
};
