/* SPDX-License-Identifier: BSD-2-Clause */
/* Predicts the models that follow in the file, unless the thread's last two gets were out of its order. */
#include <stdlib.h>

#include "predictor.h"

struct predictor {
	uint32_t models;
};

static struct predictor *create(uint32_t models)
{
	struct predictor *p = malloc(sizeof(*p));
	if (p)
		p->models = models;
	return p;
}

static void destroy(struct predictor *p)
{
	free(p);
}

static unsigned int after(struct predictor *p, const struct history *own, uint32_t last, uint32_t model,
	unsigned int most, uint32_t *next)
{
	unsigned int count = 0;
	(void)own;
	if (last != NO_MODEL && last != model && last + 1 != model)
		return 0;
	for (uint32_t i = model + 1; i < p->models && count < most; i++)
		next[count++] = i;
	return count;
}

const struct predictor_ops predict_sequence = {
	.cause = CAUSE_SEQUENCE,
	.create = create,
	.destroy = destroy,
	.after = after,
};
