/* SPDX-License-Identifier: BSD-2-Clause */
/* The order that the application announced (pb_plan). It may skip models of it, and begin anywhere in it. */
#include <stdlib.h>

#include "predictor.h"

enum { SKIP_MOST = 64 }; /* a get is searched among the next 64 of the plan; others do not advance it */

struct predictor {
	size_t count, at; /* index of the next one */
	uint32_t models[];
};

struct predictor *plan_new(const size_t *models, size_t count)
{
	if (count > (SIZE_MAX - sizeof(struct predictor)) / sizeof(uint32_t))
		return NULL;
	struct predictor *plan = malloc(sizeof(*plan) + count * sizeof(uint32_t));
	if (!plan)
		return NULL;
	plan->count = count;
	plan->at = 0;
	for (size_t i = 0; i < count; i++)
		plan->models[i] = (uint32_t)models[i];
	return plan;
}

unsigned int plan_first(struct predictor *plan, unsigned int most, uint32_t *next)
{
	unsigned int found = 0;
	while (found < most && plan->at + found < plan->count) {
		next[found] = plan->models[plan->at + found];
		found++;
	}
	return found;
}

static void destroy(struct predictor *plan)
{
	free(plan);
}

static unsigned int after(struct predictor *plan, const struct history *own, uint32_t last, uint32_t model,
	unsigned int most, uint32_t *next)
{
	size_t end = plan->count - plan->at < SKIP_MOST ? plan->count : plan->at + SKIP_MOST;
	(void)own;
	(void)last;
	for (size_t i = plan->at; i < end; i++)
		if (plan->models[i] == model) {
			plan->at = i + 1;
			return plan_first(plan, most, next);
		}
	return 0;
}

const struct predictor_ops predict_plan = { .cause = CAUSE_PLAN, .destroy = destroy, .after = after };
