/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AUTO: the policy whose misses would cost least, found by simulation. A shadow of each candidate, a cache
 * without data, processes a sample of the accesses, with a limit in proportion. When one would have cost
 * clearly less than the policy in use, it takes over: it receives the nodes that are in the cache, in the
 * order in which the old policy would have evicted them.
 *
 * The sample is a subset of the models (all, if they are few) with every access to them, so that a shadow sees
 * the true access pattern of each: C. A. Waldspurger, N. Park, A. Garthwaite, I. Ahmad: Efficient MRC
 * construction with SHARDS. FAST 2015. The shadows run in windows: in all of them while misses are frequent,
 * in one of four while they are not, in none while they are rare, so that a cache that hits pays almost
 * nothing. (The price: after skipped windows the shadows' contents are out of date.)
 *
 * Calls cost what the policy in use costs. A sampled access also costs one step of each shadow; a miss that
 * changes the policy O(n log n) of the nodes in the cache, and memory.
 */
#include <stdlib.h>

#include "shadow.h"

enum {
	SAMPLE = 512,        /* models at most */
	LEAST_WINDOW = 1024, /* length of a window: sampled accesses */
	WINDOW_PER_MODEL = 4,
	REST = 3,      /* windows skipped after each in which misses were not frequent */
	FREQUENT = 16, /* misses are frequent: at least 1/16 of the accesses */
	RARE = 64,     /* after a rest the next window waits for misses: 1/64 of its length */
	CLEARLY = 8    /* required advantage: more than 1/8 cheaper */
};

struct automatic {
	struct policy base;
	struct policy *current;
	struct policy_setup setup;
	/* node ids are scattered over 0 to `spread`; those below `sampled` are the sample */
	uint32_t spread, sampled;
	uint32_t window, left;         /* length, and what is left of this window or rest: accesses */
	uint32_t misses;               /* in this window or rest */
	uint32_t candidates;           /* number of shadows */
	const struct policy_row *best; /* to be changed to at the next miss; else the one in use */
	const struct policy_row *in_use;
	bool watching;                /* a window, not a rest */
	struct policy_change verdict; /* that made `best` the best */
	struct shadow shadows[];
};

static void auto_destroy(struct policy *policy)
{
	struct automatic *a = (struct automatic *)policy;
	policy_destroy(a->current);
	for (uint32_t i = 0; i < a->candidates; i++)
		shadow_free(&a->shadows[i]);
	free(a);
}

/* The smallest 2^n - 1 that is not below any node's id. */
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

/* A shadow of each candidate. false: out of memory. */
static bool make_shadows(struct automatic *a)
{
	const struct policy_table *table = a->setup.table;
	uint64_t limit =
		(uint64_t)((unsigned __int128)a->setup.limit * a->sampled / ((uint64_t)a->spread + 1));
	for (uint32_t i = 0; i < table->count; i++) {
		if (!table->rows[i].candidate)
			continue;
		if (!shadow_init(&a->shadows[a->candidates], &table->rows[i], a->sampled, limit))
			return false;
		a->candidates++;
	}
	return true;
}

static struct policy *auto_create(const struct policy_setup *setup)
{
	struct automatic *a = calloc(1, sizeof(*a) + setup->table->count * sizeof(struct shadow));
	if (!a)
		return NULL;
	a->setup = *setup;
	size_sample(a);
	a->in_use = a->best = &setup->table->rows[PB_POLICY_LRU];
	a->current = policy_new(a->in_use, setup);
	if (a->current && make_shadows(a))
		return &a->base;
	auto_destroy(&a->base);
	return NULL;
}

static const struct shadow *shadow_of(const struct automatic *a, const struct policy_row *row)
{
	const struct shadow *s = a->shadows;
	while (s->row != row)
		s++;
	return s;
}

/* Chooses another policy if it is clearly better than the one in use. */
static void judge(struct automatic *a)
{
	const struct shadow *now = shadow_of(a, a->in_use), *best = now;
	for (uint32_t i = 0; i < a->candidates; i++)
		if (a->shadows[i].cost < best->cost && a->shadows[i].cost < now->cost - now->cost / CLEARLY)
			best = &a->shadows[i];
	a->best = best->row;
	a->verdict = (struct policy_change){ a->in_use->number, a->best->number, now->cost, best->cost };
}

static void begin(struct automatic *a, bool watching, uint32_t accesses)
{
	a->watching = watching;
	a->left = accesses;
	a->misses = 0;
}

/* At the end of a window or rest, decides what follows: after a rest with few misses, nothing, until there are
 * enough of them. */
static void turn(struct automatic *a)
{
	if (a->watching)
		judge(a);
	if (a->watching && a->misses < a->window / FREQUENT) {
		begin(a, false, a->window * REST);
	} else if (a->watching || a->misses > a->window / RARE) {
		begin(a, true, a->window);
		for (uint32_t i = 0; i < a->candidates; i++) /* the weight of past windows halves each time */
			a->shadows[i].cost /= 2;
	}
}

static void observe(struct automatic *a, const struct policy_node *node, bool missed)
{
	/* a bijection, since the factor is odd; it scatters ids that are adjacent or evenly spaced */
	uint32_t number = node->id * 2654435769u & a->spread;
	if (number >= a->sampled)
		return;
	for (uint32_t i = 0; a->watching && i < a->candidates; i++)
		shadow_access(&a->shadows[i], number, node->size);
	a->misses += missed;
	a->left -= a->left > 0;
	if (a->left == 0)
		turn(a);
}

/* Out of memory: keeps the policy in use until the next verdict. */
static void change(struct automatic *a)
{
	struct policy *next = policy_new(a->best, &a->setup);
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
	.create = auto_create,
	.destroy = auto_destroy,
	.miss = auto_miss,
	.insert = auto_insert,
	.touch = auto_touch,
	.victim = auto_victim,
	.evict = auto_evict,
	.remove = auto_remove,
};
