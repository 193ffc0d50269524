/* SPDX-License-Identifier: BSD-2-Clause */
#include "traces.h"

#include <stdint.h>

enum { HOT = 32, HOT_RUN = 300, SCAN_RUN = 96, LOOP = 160 };

/* SplitMix64. */
static uint64_t draw(uint64_t *state, uint64_t bound)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % bound;
}

/* A rank from 0, in integers: floating point may round differently between machines. */
static int draw_zipf(uint64_t *state)
{
	uint64_t sum = 0;
	for (int i = 0; i < TRACE_MODELS; i++)
		sum += (1u << 30) / (unsigned int)(i + 1);
	uint64_t at = draw(state, sum);
	int rank = 0;
	for (uint64_t weight; at >= (weight = (1u << 30) / (unsigned int)(rank + 1)); rank++)
		at -= weight;
	return rank;
}

/* Popular models are scattered, and in the second phase they are others. */
static int model_of_rank(int rank, int phase)
{
	return (rank * 89 + phase * 131) % TRACE_MODELS;
}

static int scan_or_hot(int i, uint64_t *state)
{
	int round = i / (HOT_RUN + SCAN_RUN), at = i % (HOT_RUN + SCAN_RUN);
	if (at < HOT_RUN)
		return (int)draw(state, HOT);
	return HOT + (round * SCAN_RUN + at - HOT_RUN) % (TRACE_MODELS - HOT);
}

static int model_at(enum trace_kind kind, int i, uint64_t *state)
{
	switch (kind) {
	case TRACE_SCAN:
		return scan_or_hot(i, state);
	case TRACE_LOOP:
		return i % LOOP;
	case TRACE_PHASES:
		return model_of_rank(draw_zipf(state), i >= TRACE_LENGTH / 2);
	default:
		return model_of_rank(draw_zipf(state), 0);
	}
}

void trace_fill(struct trace *trace, enum trace_kind kind)
{
	static const char *const names[] = { "zipf", "scan", "loop", "phases" };
	uint64_t state = kind + 1;
	trace->name = names[kind];
	for (int i = 0; i < TRACE_LENGTH; i++)
		trace->models[i] = model_at(kind, i, &state);
}
