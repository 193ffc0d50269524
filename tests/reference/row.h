/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ROW_H
#define TESTS_ROW_H

#include "reference.h"

/* The index of a model in a row; -1: not in it. */
int row_find(const struct row *row, int model);
void row_insert(struct row *row, int at, int model);
void row_remove(struct row *row, int model);
int row_last(const struct row *row);
uint64_t row_bytes(const struct row *row, const uint64_t *size);

/* Whether the cache has room for one more model. */
bool reference_fits(const struct reference *reference, int model);

/* One access each; returns whether it was a hit. */
bool reference_s3_fifo(struct reference *reference, int model);
bool reference_arc(struct reference *reference, int model);

#endif
