/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARC, the adaptive replacement cache: two queues by recency, `once` for nodes used once and `often` for nodes
 * that were hit, and for each the ghosts of those it lost recently. A miss on a ghost means that its queue was
 * too short: the target size of `once`, its share, is adjusted, and the share decides which queue evicts.
 *
 * N. Megiddo, D. S. Modha: ARC: a self-tuning, low overhead replacement cache. FAST 2003 (there the queues
 * are T1, T2, B1, B2, and the share of T1 is p). Here all is counted in bytes: a ghost moves the share by its size
 * times the ratio of the other ghosts' bytes to those of its own queue, if that is more than one, rounded down.
 * All calls O(1), amortised: each ghost is dropped once.
 */
#include <stdlib.h>

#include "queue.h"

struct arc {
	struct policy base;
	struct queue once, often, once_ghosts, often_ghosts;
	uint64_t limit, share; /* bytes; the share of `once` */
};

static struct policy *arc_create(const struct policy_setup *setup)
{
	struct arc *arc = calloc(1, sizeof(*arc));
	if (!arc)
		return NULL;
	arc->limit = setup->limit;
	return &arc->base;
}

static void arc_destroy(struct policy *policy)
{
	struct arc *arc = (struct arc *)policy;
	queue_forget(&arc->once_ghosts);
	queue_forget(&arc->often_ghosts);
	free(arc);
}

/* By how much a miss on a ghost moves the share; at most the whole limit. */
static uint64_t step(const struct arc *arc, uint64_t size, uint64_t own, uint64_t other)
{
	if (other <= own)
		return size < arc->limit ? size : arc->limit;
	unsigned __int128 bytes = (unsigned __int128)size * other / (own ? own : 1);
	return bytes < arc->limit ? (uint64_t)bytes : arc->limit;
}

static void arc_miss(struct policy *policy, struct policy_node *node)
{
	struct arc *arc = (struct arc *)policy;
	uint64_t once = arc->once_ghosts.bytes, often = arc->often_ghosts.bytes;
	if (node->queue == &arc->once_ghosts) {
		uint64_t more = step(arc, node->size, once, often), room = arc->limit - arc->share;
		arc->share += more < room ? more : room;
	} else if (node->queue == &arc->often_ghosts) {
		uint64_t less = step(arc, node->size, often, once);
		arc->share -= less < arc->share ? less : arc->share;
	}
}

static void drop_oldest(struct queue *ghosts)
{
	queue_remove(ghosts, queue_oldest(ghosts));
}

/* Bounds the ghosts: `once` with its ghosts is at most the limit, all four queues at most twice that. */
static void trim(struct arc *arc)
{
	uint64_t once = arc->once.bytes + arc->once_ghosts.bytes;
	uint64_t often = arc->often.bytes + arc->often_ghosts.bytes;
	for (; arc->once_ghosts.newest && once > arc->limit; once = arc->once.bytes + arc->once_ghosts.bytes)
		drop_oldest(&arc->once_ghosts);
	for (; arc->often_ghosts.newest && once + often > arc->limit &&
		once + often - arc->limit > arc->limit;
		often = arc->often.bytes + arc->often_ghosts.bytes)
		drop_oldest(&arc->often_ghosts);
}

static void arc_insert(struct policy *policy, struct policy_node *node)
{
	struct arc *arc = (struct arc *)policy;
	if (node->queue)
		queue_move(&arc->often, node);
	else
		queue_push(node->uses > 1 ? &arc->often : &arc->once, node);
	trim(arc);
}

static void arc_touch(struct policy *policy, struct policy_node *node)
{
	queue_move(&((struct arc *)policy)->often, node);
}

static void arc_remove(struct policy *policy, struct policy_node *node)
{
	(void)policy;
	queue_remove(node->queue, node);
}

static void arc_evict(struct policy *policy, struct policy_node *node)
{
	struct arc *arc = (struct arc *)policy;
	queue_move(node->queue == &arc->once ? &arc->once_ghosts : &arc->often_ghosts, node);
}

static struct policy_node *arc_victim(struct policy *policy, const struct policy_node *incoming)
{
	struct arc *arc = (struct arc *)policy;
	bool returns = incoming && incoming->queue == &arc->often_ghosts;
	bool long_once = arc->once.bytes > arc->share || (returns && arc->once.bytes == arc->share);
	struct policy_node *once = queue_oldest(&arc->once), *often = queue_oldest(&arc->often);
	return once && (long_once || !often) ? once : often;
}

const struct policy_ops policy_arc = {
	.create = arc_create,
	.destroy = arc_destroy,
	.miss = arc_miss,
	.insert = arc_insert,
	.touch = arc_touch,
	.victim = arc_victim,
	.evict = arc_evict,
	.remove = arc_remove,
};
