/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary for programs: docs/json.md. */
#ifndef USER_SINK_SUMMARY_JSON_H
#define USER_SINK_SUMMARY_JSON_H

#include "user/base/json.h"
#include "user/event/sink.h"

/* Adds the summary's fields to the object that is open in `json`, which writes to out->text; writes to the
 * file as the text grows. Sorts the models of result->summary. 0, or -errno of writing. */
int summary_json(struct json *json, struct out *out, const struct run_result *result);

#endif
