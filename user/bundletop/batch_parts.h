/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of model files (--layers) in the reports of batch mode. */
#ifndef USER_BUNDLETOP_BATCH_PARTS_H
#define USER_BUNDLETOP_BATCH_PARTS_H

#include "user/base/json.h"
#include "watch.h"

/* Appends a table for each file; nothing without --layers. */
void batch_parts_text(struct text *t, const struct watch *watch);

/* Adds the fields of a file's object; none without --layers. */
void batch_parts_json(struct json *j, const struct watch *watch, const struct model_file *file);

#endif
