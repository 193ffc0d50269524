/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows under titles. Columns start at their least width and grow to what is in them; the last one is never
 * padded. */
#ifndef USER_BASE_TABLE_H
#define USER_BASE_TABLE_H

#include "text.h"

struct table_column {
	const char *title;
	unsigned width; /* at least; 0: the title's */
	bool left;      /* aligned to the left */
};

enum { TABLE_RULES = 2, TABLE_COLUMNS = 16 };

struct table {
	const struct table_column *columns;
	unsigned count;
	struct text cells; /* one after the other: format the next one into this, then table_cell() */
	size_t *ends;
	size_t used, cap;
	size_t rules[TABLE_RULES]; /* number of cells above a line of dashes */
	unsigned rule_count;
	bool failed;
};

void table_begin(
	struct table *t, const struct table_column *columns, unsigned count); /* at most TABLE_COLUMNS */
void table_cell(struct table *t);            /* what was added to `cells` since the last call is one cell */
void table_u64(struct table *t, uint64_t v); /* a cell that is a number */
void table_str(struct table *t, const char *s);
void table_rule(struct table *t);                  /* a line of dashes between the rows before and after */
void table_end(struct table *t, struct text *out); /* prints, and frees the table */

#endif
