/* SPDX-License-Identifier: BSD-2-Clause */
#include "predictor.h"

/* Public number and operations. */
#define PREDICTORS(X)                                                                                        \
	X(PB_PREDICT_HISTORY, predict_history)                                                               \
	X(PB_PREDICT_MARKOV, predict_markov)                                                                 \
	X(PB_PREDICT_SEQUENCE, predict_sequence)

#define OPS(number, ops) extern const struct predictor_ops ops;
PREDICTORS(OPS)

#define ROW(number, ops) [number] = &ops,
static const struct predictor_ops *const predictors[] = { PREDICTORS(ROW) };

const struct predictor_ops *predictor_find(enum pb_predict number)
{
	return (unsigned int)number < sizeof(predictors) / sizeof(*predictors) ? predictors[number] : NULL;
}
