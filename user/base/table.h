/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows under titles. A column is as wide as its widest cell, and not less than its minimum; the last one is
 * never padded. */
#ifndef USER_BASE_TABLE_H
#define USER_BASE_TABLE_H

#include "text.h"

struct table_column {
	const char *title;
	unsigned width; /* the minimum; 0: the width of the title */
	bool left;      /* aligned to the left */
};

enum { TABLE_RULES = 2, TABLE_COLUMNS = 48 };

struct table {
	const struct table_column *columns;
	unsigned count;
	struct text cells; /* all cells: format the next one into this, then call table_cell() */
	size_t *ends;      /* of each cell, in `cells` */
	size_t used, cap;
	size_t rules[TABLE_RULES]; /* for each line of dashes, the number of cells above it */
	unsigned rule_count;
	bool failed;
};

/* At most TABLE_COLUMNS columns. `columns` must stay valid until table_end(). */
void table_begin(struct table *t, const struct table_column *columns, unsigned count);

/* Makes one cell of what was added to `cells` since the last call. */
void table_cell(struct table *t);
/* Add a cell with a number or a string. */
void table_u64(struct table *t, uint64_t v);
void table_str(struct table *t, const char *s);

/* A line of dashes between the rows so far and the next ones; at most TABLE_RULES. */
void table_rule(struct table *t);

/* Appends the table to `out`, and frees it. Out of memory sets out->failed. */
void table_end(struct table *t, struct text *out);

#endif
