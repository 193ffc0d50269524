/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches as described in the papers, one access at a time: simple, slow, and sharing nothing with the
 * library except the numbers of the policies. Lists are arrays that are searched and shifted, bytes are
 * summed up every time, and the lowest key is found by checking all.
 */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"

enum { REFERENCE_MODELS = 256 };

/* Models in a list, the newest first. */
struct row {
	int models[REFERENCE_MODELS];
	int count;
};

struct reference {
	enum pb_policy policy;
	int models;
	uint64_t limit, size[REFERENCE_MODELS];
	struct row a, b, ghosts_a, ghosts_b; /* the models in the cache, and those that are remembered */
	uint64_t uses[REFERENCE_MODELS], last[REFERENCE_MODELS], key[REFERENCE_MODELS];
	int marks[REFERENCE_MODELS];
	uint64_t now, age, share;
	int hand;
	uint64_t misses;
};

/* A cache of `limit` bytes. */
void reference_init(struct reference *reference, enum pb_policy policy, int models, const uint64_t *sizes,
	uint64_t limit);

/* Returns whether it was a hit. */
bool reference_get(struct reference *reference, int model);

/* The misses of the optimal policy for these accesses, with room for this number of models of one size:
 * L. A. Belady: A study of replacement algorithms for a virtual-storage computer. IBM Systems Journal
 * 5(2), 1966. */
uint64_t reference_belady(const int *models, int length, int room);

#endif
