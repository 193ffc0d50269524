/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of a row of loads, which the tables for people, JSON and CSV have in common: a new one is a row in
 * load_columns.c. */
#ifndef USER_SINK_LOAD_COLUMNS_H
#define USER_SINK_LOAD_COLUMNS_H

#include "user/tables/load_table.h"

enum load_unit { LOAD_COUNT, LOAD_BYTES, LOAD_NS };

struct load_column {
	const char *key;   /* in JSON; of times without "_us" */
	const char *csv;   /* the column of CSV that it goes to; NULL: there is none */
	const char *title; /* in the table for people; NULL: not there */
	enum load_unit unit;
	bool reloads;        /* of bundles: not known without evictions */
	bool cost;           /* of what served the loads */
	enum file_fact fact; /* of a cost: without which it is not known */
	size_t offset;       /* of a cost: in struct load_costs; else in struct load_counts ... */
	uint64_t (*value)(const struct load_counts *counts); /* ... or NULL: this is it */
};

enum { LOAD_COLUMNS = 20 };

extern const struct load_column load_columns[LOAD_COLUMNS];

/* Of a row, or of the others (NULL). False: it is not known. */
bool load_value(const struct load_column *column, const struct load_table *table, const struct load_row *row,
	uint64_t *value);

/* False for what is observed only where it is asked for, and was not. */
bool load_column_is_there(const struct load_column *column, const struct load_table *table);

/* The column that goes to this one of CSV; NULL: none. */
const struct load_column *load_column_of_csv(const char *name);

#endif
