/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of processes (comm), each told once: at the first event that is shown since the process has it. */
#ifndef USER_STAGE_PROCESS_NAMES_H
#define USER_STAGE_PROCESS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "user/base/span.h"

struct process_names; /* a table; NULL: none is known */

/* A process has this name from now on. Above a limit the oldest is dropped; without memory nothing is added. */
void process_names_learn(struct process_names **known, uint32_t pid, const char *comm, size_t len);

/* The name, if it was not taken since the process has it; data NULL: it was, or is not known. Valid until the table
 * changes. */
struct span process_names_take(struct process_names *known, uint32_t pid);

/* The process has ended: its number may be another's. */
void process_names_forget(struct process_names **known, uint32_t pid);

void process_names_free(struct process_names **known);

#endif
