/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a run as CSV: the system calls, the bundles, their models, and what was lost. */
#ifndef USER_SINK_CSV_SUMMARY_H
#define USER_SINK_CSV_SUMMARY_H

#include "user/base/csv.h"
#include "user/event/sink.h"

/* With the header; written as it grows. Returns as a sink does. */
int csv_summary(struct out *out, struct csv *csv, const struct run_result *result);

#endif
