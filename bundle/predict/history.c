/* SPDX-License-Identifier: BSD-2-Clause */
/* Predicts what followed the same model earlier among the thread's last gets. */
#include "predictor.h"

uint32_t history_remember(struct history *h, uint32_t model)
{
	uint32_t last = h->len ? h->models[h->next ? h->next - 1 : HISTORY - 1] : NO_MODEL;
	h->models[h->next] = model;
	h->next = h->next + 1 == HISTORY ? 0 : h->next + 1;
	h->len += h->len < HISTORY;
	return last;
}

/* Model i of the history; 0 is the oldest. */
static uint32_t recall(const struct history *h, unsigned int i)
{
	unsigned int at = h->len < HISTORY ? i : h->next + i;
	return h->models[at >= HISTORY ? at - HISTORY : at];
}

/* The successors of the model, oldest first. A repeated one is returned, and counts, each time. */
static unsigned int after(struct predictor *none, const struct history *h, uint32_t last, uint32_t model,
	unsigned int most, uint32_t *next)
{
	unsigned int count = 0;
	(void)none;
	(void)last;
	for (unsigned int i = 0; i + 1 < h->len && count < most; i++)
		if (recall(h, i) == model)
			next[count++] = recall(h, i + 1);
	return count;
}

const struct predictor_ops predict_history = { .cause = CAUSE_HISTORY, .after = after };
