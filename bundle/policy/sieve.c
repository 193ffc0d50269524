/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIEVE: a queue in order of arrival, in which nodes never move and a hit only marks. A hand goes from the
 * oldest to the newest and round again and removes marks; the first unmarked node it finds is the victim. So
 * it reaches newcomers, which enter at the far end, soon, and nodes that were hit keep their place.
 *
 * Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi: SIEVE is simpler than LRU: an efficient turn-key
 * eviction algorithm for web caches. NSDI 2024. All calls O(1); victim amortised: each step removes a mark
 * that a hit has set. Sizes do not affect the order.
 */
#include <stdlib.h>

#include "queue.h"

struct sieve {
	struct policy base;
	struct queue queue;
	struct policy_node *hand; /* the next to be examined; NULL: the oldest */
};

static struct policy *sieve_create(const struct policy_setup *setup)
{
	(void)setup;
	struct sieve *sieve = calloc(1, sizeof(*sieve));
	return sieve ? &sieve->base : NULL;
}

static void sieve_destroy(struct policy *policy)
{
	free(policy);
}

static void sieve_insert(struct policy *policy, struct policy_node *node)
{
	node->marks = node->uses > 1;
	queue_push(&((struct sieve *)policy)->queue, node);
}

static void sieve_touch(struct policy *policy, struct policy_node *node)
{
	(void)policy;
	node->marks = 1;
}

/* The node next to it on the newer side; NULL: it is the newest. */
static struct policy_node *newer(const struct sieve *sieve, const struct policy_node *node)
{
	return node == sieve->queue.newest ? NULL : node->prev;
}

static void sieve_remove(struct policy *policy, struct policy_node *node)
{
	struct sieve *sieve = (struct sieve *)policy;
	if (sieve->hand == node)
		sieve->hand = newer(sieve, node);
	queue_remove(&sieve->queue, node);
}

static struct policy_node *sieve_victim(struct policy *policy, const struct policy_node *incoming)
{
	struct sieve *sieve = (struct sieve *)policy;
	struct policy_node *node = sieve->hand ? sieve->hand : queue_oldest(&sieve->queue);
	(void)incoming;
	while (node && node->marks) {
		node->marks = 0;
		node = newer(sieve, node);
		if (!node)
			node = queue_oldest(&sieve->queue);
	}
	sieve->hand = node;
	return node;
}

const struct policy_ops policy_sieve = {
	.create = sieve_create,
	.destroy = sieve_destroy,
	.insert = sieve_insert,
	.touch = sieve_touch,
	.victim = sieve_victim,
	.remove = sieve_remove,
};
