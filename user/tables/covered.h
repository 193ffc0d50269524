/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of a file were touched: a set of ranges that do not overlap, by start. It is exact up to COVERED_MAX
 * ranges; then ranges grow to whole granules, as small as the limit allows, and what is counted is no less than the truth.
 */
#ifndef USER_TABLES_COVERED_H
#define USER_TABLES_COVERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COVERED_MAX = 4096 };

struct covered_range {
	uint64_t start, end;
};

/* All zero: no bytes. */
struct covered {
	struct covered_range *ranges;
	uint32_t used, cap;
	uint32_t last;    /* index of the range that was added to last */
	uint64_t granule; /* 0: exact */
	uint64_t top;     /* the greatest end that was added: granules do not count beyond it */
	bool failed;      /* no memory: nothing is known */
};

void covered_free(struct covered *c);

/* Adds the bytes from `start` up to `end`. `room`: memory in bytes that may still be taken, shared with others. */
void covered_add(struct covered *c, uint64_t start, uint64_t end, size_t *room);

/* How many bytes of [from, to) are in the set, or in both sets. */
uint64_t covered_bytes(const struct covered *c, uint64_t from, uint64_t to);
uint64_t covered_common(const struct covered *a, const struct covered *b, uint64_t from, uint64_t to);

#endif
