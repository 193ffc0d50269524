/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy that would miss least, found by trying. A shadow of each policy, a cache without data, sees a
 * sample of the accesses; the limit of a shadow is in proportion. When one's misses would have cost clearly
 * less than those of the policy in use, that takes over: it is given what is in the cache, in the order in
 * which the old one would have let it go.
 *
 * The sample is some of the models (all, if they are few) with every access to them, so that what a policy
 * sees of one model is true: C. A. Waldspurger, N. Park, A. Garthwaite, I. Ahmad: Efficient MRC construction
 * with SHARDS. FAST 2015. The sample is watched in windows, one after another while misses are frequent.
 * While they are not, three of four windows are skipped, and while they are rare all: a cache that hits pays
 * next to nothing for it. (Skipping is not for free: what a shadow remembers is of another time after it.)
 *
 * Calls are those of the policy in use; an access that is watched costs a step of all shadows too, and a miss
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
	SAMPLE = 512,        /* models at most */
	LEAST_WINDOW = 1024, /* accesses to them */
	WINDOW_PER_MODEL = 4,
	REST = 3,      /* windows skipped after each that is watched, unless misses are frequent: */
	FREQUENT = 16, /* one of so many accesses */
	RARE = 64,     /* less than one of so many: not worth watching */
	CLEARLY = 8    /* by one of so many parts */
};

struct automatic {
	struct policy base;
	struct policy *current;
	struct policy_setup setup;
	struct shadow shadows[CANDIDATES];
	/* node numbers are spread over 0 to `spread`; those below `sampled` are watched */
	uint32_t spread, sampled;
	uint32_t window, left; /* accesses; left: of this window, or this rest */
	uint32_t misses;       /* in it */
	uint8_t in_use, best;  /* of the candidates */
	bool watching;
	struct policy_change verdict; /* that made it the best */
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

/* Another is taken if it is clearly better than the one in use. */
static void judge(struct automatic *a)
{
	const struct shadow *now = &a->shadows[a->in_use], *best = now;
	for (int i = 0; i < CANDIDATES; i++)
		if (a->shadows[i].cost < best->cost && a->shadows[i].cost < now->cost - now->cost / CLEARLY)
			best = &a->shadows[i];
	a->best = (uint8_t)(best - a->shadows);
	a->verdict =
		(struct policy_change){ candidates[a->in_use], candidates[a->best], now->cost, best->cost };
}

static void begin(struct automatic *a, bool watching, uint32_t accesses)
{
	a->watching = watching;
	a->left = accesses;
	a->misses = 0;
}

/* A window ends, or has ended and what follows is skipped until enough was missed. */
static void turn(struct automatic *a)
{
	if (a->watching)
		judge(a);
	if (a->watching && a->misses < a->window / FREQUENT) {
		begin(a, false, a->window * REST);
	} else if (a->watching || a->misses > a->window / RARE) {
		begin(a, true, a->window);
		for (int i = 0; i < CANDIDATES; i++) /* earlier windows count half as much each time */
			a->shadows[i].cost /= 2;
	}
}

static void observe(struct automatic *a, const struct policy_node *node, bool missed)
{
	/* one to one, since the factor is odd; it scatters what lies together or at equal distances */
	uint32_t number = node->id * 2654435769u & a->spread;
	if (number >= a->sampled)
		return;
	for (int i = 0; a->watching && i < CANDIDATES; i++)
		shadow_access(&a->shadows[i], number, node->size);
	a->misses += missed;
	a->left -= a->left > 0;
	if (a->left == 0)
		turn(a);
}

/* Without memory for it, all stays as it is until the next verdict. */
static void change(struct automatic *a)
{
	struct policy *next = policy_create(candidates[a->best], &a->setup);
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
		a->setup.changed(a->setup.owner, &a->verdict);
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
