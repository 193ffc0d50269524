/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a run as CSV: system calls, bundles, their models, and lost events. */
#ifndef USER_SINK_CSV_SUMMARY_H
#define USER_SINK_CSV_SUMMARY_H

#include "user/base/csv.h"
#include "user/event/sink.h"

/* Writes the header and all records, and to the file as the text grows. Sorts the models of result->summary.
 * 0, or -errno of writing. */
int csv_summary(struct out *out, struct csv *csv, const struct run_result *result);

#endif
