/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A first-order Markov chain, learned over the whole run with exponential forgetting: for each model its four
 * likeliest successors and their weights. With each successor, all weights of the model lose a sixteenth, and
 * that of the successor gains GAIN, which is what a successor of probability 1 would lose in equilibrium. `all`
 * is the weight that such a successor would have by now.
 */
#include <stdlib.h>
#include <string.h>

#include "predictor.h"

enum { WAYS = 4, GAIN = 16, TWICE = 24 /* a lower weight means fewer than two recent occurrences */ };

struct row {
	uint32_t next[WAYS];
	uint16_t weight[WAYS]; /* 0: free */
	uint16_t all;
};

struct predictor {
	uint32_t models;
	struct row rows[];
};

static struct predictor *create(uint32_t models)
{
	struct predictor *p = calloc(1, sizeof(*p) + models * sizeof(struct row));
	if (p)
		p->models = models;
	return p;
}

static void destroy(struct predictor *p)
{
	free(p);
}

static void fade(uint16_t *weight)
{
	*weight -= (uint16_t)((*weight + GAIN - 1) / 16);
}

static void learn(struct row *row, uint32_t model)
{
	int to = -1, least = 0;
	fade(&row->all);
	row->all += GAIN;
	for (int i = 0; i < WAYS; i++) {
		fade(&row->weight[i]);
		if (row->weight[i] && row->next[i] == model)
			to = i;
		if (row->weight[i] < row->weight[least])
			least = i;
	}
	if (to < 0) {
		/* a newcomer replaces no likelier successor before that has faded */
		if (row->weight[least] > GAIN)
			return;
		to = least;
		row->weight[to] = 0;
	}
	row->next[to] = model;
	row->weight[to] += GAIN;
}

/* Successors with a probability of at least a third, likeliest first. */
static unsigned int likely(const struct row *row, uint32_t *next)
{
	unsigned int count = 0;
	uint16_t weights[WAYS];
	for (int i = 0; i < WAYS; i++) {
		unsigned int at = count;
		if (row->weight[i] < TWICE || row->weight[i] * 3u < row->all)
			continue;
		for (; at > 0 && weights[at - 1] < row->weight[i]; at--) {
			weights[at] = weights[at - 1];
			next[at] = next[at - 1];
		}
		weights[at] = row->weight[i];
		next[at] = row->next[i];
		count++;
	}
	return count;
}

static bool among(const uint32_t *models, unsigned int count, uint32_t model)
{
	for (unsigned int i = 0; i < count; i++)
		if (models[i] == model)
			return true;
	return false;
}

/* Follows the chain: the likely successors of the model, then those of the likeliest of them, and so on. */
static unsigned int after(struct predictor *p, const struct history *own, uint32_t last, uint32_t model,
	unsigned int most, uint32_t *next)
{
	uint32_t found[WAYS], from = model;
	unsigned int count = 0;
	(void)own;
	if (last != NO_MODEL)
		learn(&p->rows[last], model);
	while (count < most) {
		unsigned int ways = likely(&p->rows[from], found), before = count;
		for (unsigned int i = 0; i < ways && count < most; i++)
			if (found[i] != model && !among(next, count, found[i]))
				next[count++] = found[i];
		if (count == before)
			break;
		from = next[before];
	}
	return count;
}

const struct predictor_ops predict_markov = {
	.cause = CAUSE_MARKOV,
	.create = create,
	.destroy = destroy,
	.after = after,
};
