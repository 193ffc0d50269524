/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to files, as records of the CSV summary: kinds "file" and "part". */
#ifndef USER_SINK_FILES_CSV_H
#define USER_SINK_FILES_CSV_H

#include "user/base/csv.h"
#include "user/event/sink.h"
#include "file_columns.h"

/* The columns of files, which come after those of calls and bundles: one for each number but the errors, which have one already. */
enum { FILES_CSV_COLUMNS = FILE_COLUMNS - 1 };

void files_csv_header(struct text *t);

/* The name of one of these columns, which are numbered from 0 on. */
void files_csv_name(struct text *t, unsigned column);

/* `between`: how many columns lie between `bundle` and those of files; `behind`: how many come after these. */
void files_csv(struct out *out, struct csv *csv, const struct run_result *result, int between, int behind);

#endif
