/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LFU, least frequently used: a list of buckets in ascending order of uses; a bucket holds the nodes with that
 * many uses, most recent first. The victim is the least recently used of those with the fewest uses. A node's
 * count starts again with each load.
 *
 * K. Shah, A. Mitra, D. Matani: An O(1) algorithm for implementing the LFU cache eviction scheme. 2010. All
 * calls O(1), except insert of a node with several uses (removed while pinned), which walks the buckets. Sizes
 * do not affect the order.
 */
#include <stdlib.h>

#include "queue.h"

struct bucket {
	struct queue nodes; /* first: a node's queue is its bucket */
	uint64_t uses;
	struct bucket *prev, *next;
};

struct lfu {
	struct policy base;
	struct bucket *fewest; /* those in use, ascending */
	struct bucket *spare;  /* linked by next */
	struct bucket buckets[];
};

static struct policy *lfu_create(const struct policy_setup *setup)
{
	/* one more than nodes: a touch takes the new bucket before it returns the old one */
	size_t count = (size_t)setup->nodes + 1;
	struct lfu *lfu = calloc(1, sizeof(*lfu) + count * sizeof(struct bucket));
	if (!lfu)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		lfu->buckets[i].next = lfu->spare;
		lfu->spare = &lfu->buckets[i];
	}
	return &lfu->base;
}

static void lfu_destroy(struct policy *policy)
{
	free(policy);
}

/* A new bucket behind `before`; NULL: as the first. */
static struct bucket *bucket_new(struct lfu *lfu, struct bucket *before, uint64_t uses)
{
	struct bucket *bucket = lfu->spare;
	lfu->spare = bucket->next;
	bucket->uses = uses;
	bucket->nodes = (struct queue){ 0 };
	if (before)
		DL_APPEND_ELEM(lfu->fewest, before, bucket);
	else
		DL_PREPEND(lfu->fewest, bucket);
	return bucket;
}

static void lfu_insert(struct policy *policy, struct policy_node *node)
{
	struct lfu *lfu = (struct lfu *)policy;
	struct bucket *before = NULL, *at = lfu->fewest;
	for (; at && at->uses < node->uses; at = at->next)
		before = at;
	if (!at || at->uses != node->uses)
		at = bucket_new(lfu, before, node->uses);
	queue_push(&at->nodes, node);
}

static void lfu_remove(struct policy *policy, struct policy_node *node)
{
	struct lfu *lfu = (struct lfu *)policy;
	struct bucket *bucket = (struct bucket *)node->queue;
	queue_remove(&bucket->nodes, node);
	if (bucket->nodes.newest)
		return;
	DL_DELETE(lfu->fewest, bucket);
	bucket->next = lfu->spare;
	lfu->spare = bucket;
}

static void lfu_touch(struct policy *policy, struct policy_node *node)
{
	struct lfu *lfu = (struct lfu *)policy;
	struct bucket *from = (struct bucket *)node->queue, *to = from->next;
	if (!to || to->uses != node->uses) {
		if (node->prev == node) { /* the only one: reuse its bucket */
			from->uses = node->uses;
			return;
		}
		to = bucket_new(lfu, from, node->uses);
	}
	lfu_remove(policy, node);
	queue_push(&to->nodes, node);
}

static struct policy_node *lfu_victim(struct policy *policy, const struct policy_node *incoming)
{
	const struct lfu *lfu = (const struct lfu *)policy;
	(void)incoming;
	return lfu->fewest ? queue_oldest(&lfu->fewest->nodes) : NULL;
}

const struct policy_ops policy_lfu = {
	.create = lfu_create,
	.destroy = lfu_destroy,
	.insert = lfu_insert,
	.touch = lfu_touch,
	.victim = lfu_victim,
	.remove = lfu_remove,
};
