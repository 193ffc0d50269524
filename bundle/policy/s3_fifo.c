/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S3-FIFO: newcomers enter a small queue, a tenth of the limit. At its end, nodes that were hit twice move to
 * the main queue; others are evicted and remembered in a third queue, the ghosts. A node that is loaded again
 * while it is a ghost enters the main queue directly. At the end of the main queue a node is spared once for
 * each hit, three times at most. So nodes that are used once leave soon, and never displace popular ones.
 *
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi: FIFO queues are all you need for cache eviction. SOSP
 * 2023. Here the shares are bytes: a tenth of the limit for the small queue, nine tenths for the main queue
 * and for the ghosts; and eviction stops as soon as there is room. All calls O(1); victim amortised: each step
 * removes a mark that a hit has set, or moves a node from small to main, once per stay.
 */
#include <stdlib.h>

#include "queue.h"

enum { MOST_MARKS = 3, MARKS_FOR_MAIN = 2 };

struct s3_fifo {
	struct policy base;
	struct queue small, main, ghosts;
	uint64_t small_share, main_share; /* bytes */
};

static struct policy *s3_fifo_create(const struct policy_setup *setup)
{
	struct s3_fifo *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->small_share = setup->limit / 10;
	s->main_share = setup->limit - s->small_share;
	return &s->base;
}

static void s3_fifo_destroy(struct policy *policy)
{
	queue_forget(&((struct s3_fifo *)policy)->ghosts);
	free(policy);
}

static void s3_fifo_insert(struct policy *policy, struct policy_node *node)
{
	struct s3_fifo *s = (struct s3_fifo *)policy;
	uint64_t hits = node->uses - 1;
	node->marks = hits < MOST_MARKS ? hits : MOST_MARKS;
	if (node->queue)
		queue_move(&s->main, node);
	else
		queue_push(&s->small, node);
}

static void s3_fifo_touch(struct policy *policy, struct policy_node *node)
{
	(void)policy;
	node->marks += node->marks < MOST_MARKS;
}

static void s3_fifo_remove(struct policy *policy, struct policy_node *node)
{
	(void)policy;
	queue_remove(node->queue, node);
}

static void s3_fifo_evict(struct policy *policy, struct policy_node *node)
{
	struct s3_fifo *s = (struct s3_fifo *)policy;
	if (node->queue == &s->main) {
		queue_remove(&s->main, node);
		return;
	}
	queue_move(&s->ghosts, node);
	while (s->ghosts.bytes > s->main_share)
		queue_remove(&s->ghosts, queue_oldest(&s->ghosts));
}

/* The oldest of the small queue that was not hit twice. NULL: moving older ones has filled the main queue. */
static struct policy_node *small_victim(struct s3_fifo *s)
{
	struct policy_node *node;
	while (s->main.bytes <= s->main_share && (node = queue_oldest(&s->small))) {
		if (node->marks < MARKS_FOR_MAIN)
			return node;
		node->marks = 0;
		queue_move(&s->main, node);
	}
	return NULL;
}

static struct policy_node *main_victim(struct s3_fifo *s)
{
	struct policy_node *node;
	while ((node = queue_oldest(&s->main)) && node->marks) {
		node->marks--;
		queue_move(&s->main, node);
	}
	return node;
}

static struct policy_node *s3_fifo_victim(struct policy *policy, const struct policy_node *incoming)
{
	struct s3_fifo *s = (struct s3_fifo *)policy;
	struct policy_node *node = NULL;
	(void)incoming;
	if (s->small.bytes >= s->small_share || !s->main.newest)
		node = small_victim(s);
	return node ? node : main_victim(s);
}

const struct policy_ops policy_s3_fifo = {
	.create = s3_fifo_create,
	.destroy = s3_fifo_destroy,
	.insert = s3_fifo_insert,
	.touch = s3_fifo_touch,
	.victim = s3_fifo_victim,
	.evict = s3_fifo_evict,
	.remove = s3_fifo_remove,
};
