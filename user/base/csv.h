/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a record of RFC 4180, cell by cell: csv_begin(), then a cell for each column in order (csv_none()
 * for an empty one), then csv_end(). A record is always one line, whatever bytes the cells hold. Start with
 * a struct that is all zero.
 */
#ifndef USER_BASE_CSV_H
#define USER_BASE_CSV_H

#include "span.h"
#include "text.h"

struct csv {
	struct text *out; /* of csv_begin() */
	struct text cell; /* the cell that is being formatted */
	bool first;       /* no cell has been written */
};

/* Frees what the struct holds; not the output. */
void csv_free(struct csv *csv);

/* The record is appended to `out`. */
void csv_begin(struct csv *csv, struct text *out);
void csv_end(struct csv *csv);

/* Each of these adds one cell. */
void csv_none(struct csv *csv);
void csv_u64(struct csv *csv, uint64_t v);
void csv_s64(struct csv *csv, int64_t v);
void csv_us(struct csv *csv, uint64_t ns); /* microseconds with three decimals */
void csv_str(struct csv *csv, const char *s);

/* Bytes from outside, escaped by text_escaped(), with "..." behind them if they were cut. */
void csv_span(struct csv *csv, struct span s);

/*
 * Adds what was formatted into csv->cell, in quotes if it needs them. Text that a spreadsheet would take
 * for a formula (it begins with = + - or @) gets an apostrophe in front; so does text that begins with an
 * apostrophe.
 */
void csv_cell(struct csv *csv);

#endif
