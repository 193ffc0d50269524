/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What will be asked for next. One predictor a file, behind this interface; the application's own plan
 * (pb_plan) is one too, and takes the place of the others while it lasts.
 */
#ifndef BUNDLE_PREDICT_PREDICTOR_H
#define BUNDLE_PREDICT_PREDICTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/observe/probes.h"
#include "bundle/cache/stripe.h"

#define PREDICT_MOST 16
#define NO_MODEL     UINT32_MAX

struct predictor;

struct predictor_ops {
	enum load_cause cause;
	/* NULL: it keeps nothing but a thread's history. Its state is used under a lock. */
	struct predictor *(*create)(uint32_t models);
	void (*destroy)(struct predictor *predictor);
	/* A thread got `model`, the newest in its history, and before that `last` (NO_MODEL: nothing). Finds
	 * at most `most` (up to PREDICT_MOST) models that come next, the first ones first. Returns how many. */
	unsigned int (*after)(struct predictor *predictor, const struct history *own, uint32_t last,
		uint32_t model, unsigned int most, uint32_t *next);
};

extern const struct predictor_ops predict_history, predict_markov, predict_sequence, predict_plan;

/* The application's order; NULL: out of memory. */
struct predictor *plan_new(const size_t *models, size_t count);
/* The first models of it. */
unsigned int plan_first(struct predictor *plan, unsigned int most, uint32_t *next);

/* Returns the one before; NO_MODEL: there was none. */
uint32_t history_remember(struct history *history, uint32_t model);

#endif
