/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of models and of parts of files, as JSON. */
#ifndef USER_SINK_LOADS_JSON_H
#define USER_SINK_LOADS_JSON_H

#include "user/base/json.h"
#include "user/event/sink.h"

/* "loads":[...]; nothing where loads were not asked for. */
void loads_json(struct json *j, struct out *out, const struct run_result *result);

#endif
