/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record of RFC 4180, cell by cell: csv_begin(), then a cell for each column in order (csv_none() where
 * there is nothing to say), then csv_end(). A record is always one line, whatever bytes the cells hold.
 */
#ifndef USER_BASE_CSV_H
#define USER_BASE_CSV_H

#include "span.h"
#include "text.h"

struct csv {
	struct text *out;
	struct text cell; /* words that are not written yet */
	bool first;
};

void csv_free(struct csv *csv);

void csv_begin(struct csv *csv, struct text *out);
void csv_end(struct csv *csv);

void csv_none(struct csv *csv);
void csv_u64(struct csv *csv, uint64_t v);
void csv_s64(struct csv *csv, int64_t v);
void csv_us(struct csv *csv, uint64_t ns); /* microseconds with three decimals */
void csv_str(struct csv *csv, const char *s);

/* Someone else's bytes, escaped as text_escaped() does; "..." after what was cut. */
void csv_span(struct csv *csv, struct span s);

/*
 * What has been formatted into csv->cell. Quoted where it has to be. Words that a spreadsheet would take for
 * a formula (they begin with = + - or @) get an apostrophe before them; so do those that begin with one.
 */
void csv_cell(struct csv *csv);

#endif
