/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of phases: for people, as fields of the summary's JSON object, and as records of its CSV. Nothing where no phase came. */
#ifndef USER_SINK_PHASES_SUMMARY_H
#define USER_SINK_PHASES_SUMMARY_H

#include "user/base/csv.h"
#include "user/base/json.h"
#include "user/event/sink.h"

void phases_text(struct text *t, const struct run_result *result);

void phases_json(struct json *j, struct out *out, const struct run_result *result);

/* `stats`: columns of --stats-extended that come before those of files. */
void phases_csv(struct out *out, struct csv *csv, const struct run_result *result, int stats);

#endif
