/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_SINK_MODEL_NAME_H
#define USER_SINK_MODEL_NAME_H

#include "user/base/text.h"
#include "user/tables/summary.h"

/* A model's name as the tables for people show it: escaped, and cut after `most` bytes (at least 4) with "...". */
void model_name_text(struct text *t, const struct model_stats *model, uint32_t most);

#endif
