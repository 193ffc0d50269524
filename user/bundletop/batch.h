/* SPDX-License-Identifier: BSD-2-Clause */
/* Appends the report of an interval, as text for people or as a line of JSON (docs/bundletop.md). */
#ifndef USER_BUNDLETOP_BATCH_H
#define USER_BUNDLETOP_BATCH_H

#include "user/base/out.h"
#include "watch.h"

void batch_text(struct text *t, struct watch *watch);
void batch_json(struct text *t, struct watch *watch);

#endif
