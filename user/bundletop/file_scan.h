/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the model files that a process has open or mapped, used or idle, and how much of them it has mapped in. */
#ifndef USER_BUNDLETOP_FILE_SCAN_H
#define USER_BUNDLETOP_FILE_SCAN_H

#include "model_table.h"

/* Looks at all descriptors and mappings of a process: adds model files that are not in the table, and updates those
 * that are. `baseline`: what they have mapped in by now was before all that is counted. */
void file_scan_process(struct model_table *table, pid_t pid, bool baseline);

/* The same for the mappings alone. */
void file_scan_mappings(struct model_table *table, pid_t pid);

#endif
