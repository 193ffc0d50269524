/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of files or of their parts for people, whose columns are those of file_columns.h. */
#ifndef USER_SINK_FILES_VIEW_H
#define USER_SINK_FILES_VIEW_H

#include "file_columns.h"
#include "user/base/out.h"
#include "user/base/table.h"

/* A table on its way: the columns that it has, and its rows. */
struct files_view {
	struct out *out;
	const struct file_column *columns[FILE_COLUMNS];
	unsigned count;
	unsigned name_width; /* 0: any */
	struct table table;
	struct table_column heads[FILE_COLUMNS + 1];
};

/* What a row shows. */
struct files_line {
	struct file_source from;
	const struct file_row *row;
};

/* The columns of the terminal that the output goes to; 0: it is none. */
unsigned files_view_terminal(const struct out *out);

/* Adds a name. One that is longer than `width` (0: any) loses its beginning: the end of a path says more. */
void files_name_cell(struct table *table, struct span name, unsigned width);

/* Chooses the columns in which one of these rows has anything; on a narrow terminal those that fit. */
void files_view_columns(struct files_view *v, const struct files_line *lines, unsigned count);

/* Begins the table; `last`: what its last column, the name, is called. */
void files_view_begin(struct files_view *v, const char *last);

/* The cells of a row, and its name with that many spaces before it, shortened where it is too long. */
void files_view_numbers(struct files_view *v, const struct files_line *line);
void files_view_name(struct files_view *v, struct span name, unsigned indent);

#endif
