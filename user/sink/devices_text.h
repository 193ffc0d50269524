/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of disks, after that of files; nothing where no request was observed. */
#ifndef USER_SINK_DEVICES_TEXT_H
#define USER_SINK_DEVICES_TEXT_H

#include "user/base/out.h"
#include "user/tables/devices.h"

void devices_text(struct out *out, const struct device_table *table);

#endif
