/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of nodes, newest first, with the sum of their sizes: what most policies are built from. */
#ifndef BUNDLE_POLICY_QUEUE_H
#define BUNDLE_POLICY_QUEUE_H

#include <stddef.h>

#define NDEBUG /* a library does not abort: compiles out utlist's assertions */
#include <utlist.h>

#include "policy.h"

struct queue {
	struct policy_node *newest; /* newest->prev is the oldest */
	uint64_t bytes;
};

static inline void queue_push(struct queue *queue, struct policy_node *node)
{
	DL_PREPEND(queue->newest, node);
	queue->bytes += node->size;
	node->queue = queue;
}

static inline void queue_remove(struct queue *queue, struct policy_node *node)
{
	DL_DELETE(queue->newest, node);
	queue->bytes -= node->size;
	node->queue = NULL;
}

/* Moves a node from its queue to the front of this one, which may be the same. */
static inline void queue_move(struct queue *queue, struct policy_node *node)
{
	queue_remove(node->queue, node);
	queue_push(queue, node);
}

/* NULL: the queue is empty. */
static inline struct policy_node *queue_oldest(const struct queue *queue)
{
	return queue->newest ? queue->newest->prev : NULL;
}

/* Empties a queue of ghosts. */
static inline void queue_forget(struct queue *queue)
{
	while (queue->newest)
		queue_remove(queue, queue->newest);
}

#endif
