/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of a file, or of a part of it, which the tables for people, JSON and CSV have in common: a new one is a row
 * in file_columns.c. */
#ifndef USER_SINK_FILE_COLUMNS_H
#define USER_SINK_FILE_COLUMNS_H

#include "user/tables/file_rows.h"

enum file_unit { UNIT_COUNT, UNIT_BYTES, UNIT_NS, UNIT_SHARE };

/* What a column says of a row. */
struct file_value {
	bool known;
	uint64_t number;
	double share; /* UNIT_SHARE: 0 to 1 */
};

/* Where a row comes from. */
struct file_source {
	const struct file_table *table;
	const struct file_stats
		*file; /* NULL: of a model, or of files that have no entry for lack of memory */
	const struct file_model *model; /* that is in several files; NULL: of a file */
	bool part;
};

struct file_column {
	const char *key;   /* in JSON and CSV; of times without "_us" */
	const char *title; /* in tables for people; NULL: not there */
	enum file_unit unit;
	unsigned rank; /* where a terminal is too narrow, those of the highest rank go first; 0: none goes */
	bool always;   /* shown for people even where no row has any of it */
	bool whole;    /* of a file, not of its parts */
	enum file_fact fact; /* without which it is not known */
	size_t offset;       /* in struct file_sums; FILE_DERIVED: value() says it */
	void (*value)(const struct file_source *from, const struct file_row *row, struct file_value *value);
};

#define FILE_DERIVED SIZE_MAX

enum { FILE_COLUMNS = 36 };

extern const struct file_column file_columns[FILE_COLUMNS];

struct file_value file_value(
	const struct file_column *column, const struct file_source *from, const struct file_row *row);

/* The same of the column with that key. */
struct file_value file_value_of(const char *key, const struct file_source *from, const struct file_row *row);

/* tensor, model, layer, range: what the rows of the parts of a file of this format (NULL: of no known one) are. */
const char *file_parts_word(const char *format, const struct file_rows *rows);

#endif
