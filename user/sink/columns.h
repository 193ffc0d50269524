/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns that the tables for people, JSON and CSV have in common: a new one is a row in columns.c. */
#ifndef USER_SINK_COLUMNS_H
#define USER_SINK_COLUMNS_H

#include "user/tables/summary.h"

enum { COUNT_COLUMNS = 10, TIME_COLUMNS = 10 };

/* A number of a model or bundle. */
struct count_column {
	const char *name;  /* in JSON and CSV */
	const char *title; /* in tables for people; NULL: not there */
	size_t offset;     /* in struct cache_counts; COUNT_GETS: hits and misses */
};

#define COUNT_GETS SIZE_MAX

extern const struct count_column count_columns[COUNT_COLUMNS];

uint64_t count_value(const struct count_column *column, const struct cache_counts *counts);

/* A figure of how long calls or loads took, with --stats-extended. */
struct time_column {
	const char *name;                                         /* in JSON; microseconds */
	const char *csv;                                          /* in CSV; microseconds */
	const char *title;                                        /* in tables for people */
	double percent;                                           /* for value() */
	double (*value)(const struct latency *l, double percent); /* nanoseconds */
};

extern const struct time_column time_columns[TIME_COLUMNS];

double time_value(const struct time_column *column, const struct latency *l);

/* True if events were counted for bundles there was no memory for: they get an entry of their own. */
bool summary_has_others(const struct summary *s);

#endif
