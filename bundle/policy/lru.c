/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LRU, least recently used: one queue, in which a hit moves the node to the front.
 *
 * R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger: Evaluation techniques for storage hierarchies. IBM
 * Systems Journal 9(2), 1970. All calls O(1). Sizes do not affect the order.
 */
#include <stdlib.h>

#include "queue.h"

struct lru {
	struct policy base;
	struct queue queue;
};

static struct policy *lru_create(const struct policy_setup *setup)
{
	(void)setup;
	struct lru *lru = calloc(1, sizeof(*lru));
	return lru ? &lru->base : NULL;
}

static void lru_destroy(struct policy *policy)
{
	free(policy);
}

static void lru_insert(struct policy *policy, struct policy_node *node)
{
	queue_push(&((struct lru *)policy)->queue, node);
}

static void lru_remove(struct policy *policy, struct policy_node *node)
{
	queue_remove(&((struct lru *)policy)->queue, node);
}

static void lru_touch(struct policy *policy, struct policy_node *node)
{
	struct queue *queue = &((struct lru *)policy)->queue;
	if (queue->newest != node)
		queue_move(queue, node);
}

static struct policy_node *lru_victim(struct policy *policy, const struct policy_node *incoming)
{
	(void)incoming;
	return queue_oldest(&((struct lru *)policy)->queue);
}

const struct policy_ops policy_lru = {
	.create = lru_create,
	.destroy = lru_destroy,
	.insert = lru_insert,
	.touch = lru_touch,
	.victim = lru_victim,
	.remove = lru_remove,
};
