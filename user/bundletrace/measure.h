/* SPDX-License-Identifier: BSD-2-Clause */
/* --measure-device: what the device gives, beside what the run got from it. */
#ifndef USER_BUNDLETRACE_MEASURE_H
#define USER_BUNDLETRACE_MEASURE_H

#include "user/tables/file_table.h"

/* After the trace: reads a part of the file that the run read most from storage, if its path still leads to it, and sets
 * table->measure. */
void measure_device(struct file_table *table);

#endif
