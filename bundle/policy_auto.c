/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy that would miss least, found by trying. A shadow of each policy, a cache without data, sees a
 * sample of the accesses; the limit of a shadow is in proportion. When one's misses would have cost clearly
 * less than those of the policy in use, that takes over: it is given what is in the cache, in the order in
 * which the old one would have let it go.
 *
 * The sample is some of the models (all, if they are few) with every access to them, so that what a policy
 * sees of one model is true: C. A. Waldspurger, N. Park, A. Garthwaite, I. Ahmad: Efficient MRC construction
 * with SHARDS. FAST 2015. A window of these accesses is watched, then three times as many are not; and none
 * while hardly anything is missed, so that a cache that hits pays next to nothing for it.
 *
 * Calls are those of the policy in use; every sixth access or so costs a step of all shadows too, and a miss
 * that changes the policy O(n log n) of what is in the cache, and memory.
 */
#include <stdlib.h>

#include "policy.h"
#include "shadow.h"

/* Not LFU: what LFU-DA never gets over is what LFU does worse. */
static const enum pb_policy candidates[] = { PB_POLICY_LRU, PB_POLICY_LFU_DA, PB_POLICY_CLOCK,
	PB_POLICY_SIEVE, PB_POLICY_S3_FIFO, PB_POLICY_ARC, PB_POLICY_GDSF };

enum {
	CANDIDATES = sizeof(candidates) / sizeof(*candidates),
	SAMPLE = 1024,       /* models at most */
	LEAST_WINDOW = 1024, /* accesses to them */
	WINDOW_PER_MODEL = 4,
	REST = 3,         /* windows not watched after each that is */
	RARE_MISSES = 64, /* one of so many: not worth watching */
	CLEARLY = 16      /* by one of so many parts */
};

struct automatic {
	struct policy base;
	struct policy *current;
	struct policy_setup setup;
	struct shadow shadows[CANDIDATES];
	uint32_t spread,
		sampled; /* node numbers are spread over 0 to `spread`, and those below `sampled` taken */
	uint32_t window, left; /* accesses */
	uint32_t misses;       /* since the last window */
	uint8_t in_use, best;  /* of the candidates */
	bool watching;
};

static void auto_destroy(struct policy *policy)
{
	struct automatic *a = (struct automatic *)policy;
	policy_destroy(a->current);
	for (int i = 0; i < CANDIDATES; i++)
		shadow_free(&a->shadows[i]);
	free(a);
}

/* All ones, and not below any node's number. */
static uint32_t spread_over(uint32_t nodes)
{
	uint32_t spread = 0;
	while (spread + 1 < nodes && spread != UINT32_MAX)
		spread = 2 * spread + 1;
	return spread;
}

static void size_sample(struct automatic *a)
{
	a->spread = spread_over(a->setup.nodes);
	a->sampled = a->spread < SAMPLE ? a->spread + 1 : SAMPLE;
	a->window = a->sampled * WINDOW_PER_MODEL;
	if (a->window < LEAST_WINDOW)
		a->window = LEAST_WINDOW;
	a->left = a->window;
	a->watching = true;
}

static struct policy *auto_create(const struct policy_setup *setup)
{
	struct automatic *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->setup = *setup;
	size_sample(a);
	uint64_t limit = (uint64_t)((unsigned __int128)setup->limit * a->sampled / ((uint64_t)a->spread + 1));
	a->current = policy_create(candidates[a->in_use], setup);
	bool ok = a->current != NULL;
	for (int i = 0; ok && i < CANDIDATES; i++)
		ok = shadow_init(&a->shadows[i], candidates[i], a->sampled, limit);
	if (ok)
		return &a->base;
	auto_destroy(&a->base);
	return NULL;
}

/* At the end of a window: earlier ones count half as much each time. */
static void judge(struct automatic *a)
{
	uint64_t now = a->shadows[a->in_use].cost;
	a->best = a->in_use;
	for (uint8_t i = 0; i < CANDIDATES; i++)
		if (a->shadows[i].cost < a->shadows[a->best].cost && a->shadows[i].cost < now - now / CLEARLY)
			a->best = i;
	a->watching = false;
	a->left = a->window * REST;
	a->misses = 0;
}

static void watch(struct automatic *a)
{
	for (int i = 0; i < CANDIDATES; i++)
		a->shadows[i].cost /= 2;
	a->watching = true;
	a->left = a->window;
}

static void observe(struct automatic *a, const struct policy_node *node, bool missed)
{
	/* one to one, since the factor is odd; it scatters what lies together or at equal distances */
	uint32_t number = node->id * 2654435769u & a->spread;
	if (number >= a->sampled)
		return;
	a->left -= a->left > 0;
	a->misses += missed;
	for (int i = 0; a->watching && i < CANDIDATES; i++)
		shadow_access(&a->shadows[i], number, node->size);
	if (a->left > 0)
		return;
	if (a->watching)
		judge(a);
	else if (a->misses > a->window / RARE_MISSES)
		watch(a);
}

/* Without memory for it, all stays as it is until the next verdict. */
static void change(struct automatic *a)
{
	struct policy *next = policy_create(candidates[a->best], &a->setup);
	struct policy_change change = { candidates[a->in_use], candidates[a->best],
		a->shadows[a->in_use].cost, a->shadows[a->best].cost };
	struct policy_node *node;
	if (!next) {
		a->best = a->in_use;
		return;
	}
	while ((node = policy_victim(a->current, NULL))) {
		policy_remove(a->current, node);
		policy_insert(next, node);
	}
	policy_destroy(a->current);
	a->current = next;
	a->in_use = a->best;
	if (a->setup.changed)
		a->setup.changed(a->setup.owner, &change);
}

static void auto_miss(struct policy *policy, struct policy_node *node)
{
	struct automatic *a = (struct automatic *)policy;
	observe(a, node, true);
	if (a->best != a->in_use)
		change(a);
	policy_miss(a->current, node);
}

static void auto_touch(struct policy *policy, struct policy_node *node)
{
	struct automatic *a = (struct automatic *)policy;
	a->current->ops->touch(a->current, node);
	observe(a, node, false);
}

static void auto_insert(struct policy *policy, struct policy_node *node)
{
	policy_insert(((struct automatic *)policy)->current, node);
}

static struct policy_node *auto_victim(struct policy *policy, const struct policy_node *incoming)
{
	return policy_victim(((struct automatic *)policy)->current, incoming);
}

static void auto_evict(struct policy *policy, struct policy_node *node)
{
	policy_evict(((struct automatic *)policy)->current, node);
}

static void auto_remove(struct policy *policy, struct policy_node *node)
{
	policy_remove(((struct automatic *)policy)->current, node);
}

const struct policy_ops policy_auto = {
	.name = "AUTO",
	.create = auto_create,
	.destroy = auto_destroy,
	.miss = auto_miss,
	.insert = auto_insert,
	.touch = auto_touch,
	.victim = auto_victim,
	.evict = auto_evict,
	.remove = auto_remove,
};
