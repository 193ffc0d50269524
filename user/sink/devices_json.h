/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.devices: what disks did; nothing where no request was observed, and none was measured. */
#ifndef USER_SINK_DEVICES_JSON_H
#define USER_SINK_DEVICES_JSON_H

#include "user/base/json.h"
#include "user/tables/file_table.h"

void devices_json(struct json *j, const struct file_table *table);

#endif
