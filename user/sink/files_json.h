/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to files, as fields of a JSON summary: "files", "files_not_seen". */
#ifndef USER_SINK_FILES_JSON_H
#define USER_SINK_FILES_JSON_H

#include "user/base/json.h"
#include "user/event/sink.h"

void files_json(struct json *json, struct out *out, const struct run_result *result);

#endif
