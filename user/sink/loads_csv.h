/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of models and of parts of files, as records of the CSV summary: kind "load". */
#ifndef USER_SINK_LOADS_CSV_H
#define USER_SINK_LOADS_CSV_H

#include "user/base/csv.h"
#include "user/event/sink.h"

/* The last columns of all records: what the columns of others have no place for. */
enum { LOADS_CSV_COLUMNS = 1 };

void loads_csv_header(struct text *t);

/* `between`: how many columns lie between `load_p99_us` and those of files. */
void loads_csv(struct out *out, struct csv *csv, const struct run_result *result, int between);

#endif
