/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of --measure-device; nothing where it was not asked for. */
#ifndef USER_SINK_MEASURE_TEXT_H
#define USER_SINK_MEASURE_TEXT_H

#include "user/base/text.h"
#include "user/tables/file_table.h"

void measure_text(struct text *t, const struct file_table *table);

#endif
