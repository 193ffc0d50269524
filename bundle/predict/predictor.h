/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Predictors of the next gets: one per file, behind this interface. The application's own plan (pb_plan) is
 * one too, and takes precedence while there is one.
 */
#ifndef BUNDLE_PREDICT_PREDICTOR_H
#define BUNDLE_PREDICT_PREDICTOR_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/observe/probes.h"

#define PREDICT_MOST 16 /* models in one prediction */
#define NO_MODEL     UINT32_MAX
#define HISTORY      10

/* The models of a thread's last successful gets: a ring of indexes. */
struct history {
	uint32_t models[HISTORY];
	uint32_t next, len;
};

struct predictor;

struct predictor_ops {
	enum load_cause cause; /* of loads that it predicts */
	/* State for so many models, used under a lock. NULL: it has none beyond each thread's history. */
	struct predictor *(*create)(uint32_t models);
	void (*destroy)(struct predictor *predictor);
	/* After a get of `model`, the newest in the thread's history; `last` is the one before (NO_MODEL:
	 * none). Stores up to `most` (at most PREDICT_MOST) models that are expected next, soonest first;
	 * returns how many. */
	unsigned int (*after)(struct predictor *predictor, const struct history *own, uint32_t last,
		uint32_t model, unsigned int most, uint32_t *next);
};

/* --- table.c: a new predictor is a file, a row there, and its number in enum pb_predict --- */

/* NULL: there is no predictor of that number. */
const struct predictor_ops *predictor_find(enum pb_predict number);

/* --- history.c --- */

/* Adds a model. Returns the one before; NO_MODEL: there was none. */
uint32_t history_remember(struct history *history, uint32_t model);

/* --- plan.c --- */

extern const struct predictor_ops predict_plan;

/* A copy of the application's order, freed by predict_plan.destroy. NULL: out of memory. */
struct predictor *plan_new(const size_t *models, size_t count);
/* Stores up to `most` of the next models; returns how many. */
unsigned int plan_first(struct predictor *plan, unsigned int most, uint32_t *next);

#endif
