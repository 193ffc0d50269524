/* SPDX-License-Identifier: BSD-2-Clause */
/* The pids and tids of tasks in their own pid namespaces, such as those of containers. */
#ifndef USER_STAGE_OWN_PIDS_H
#define USER_STAGE_OWN_PIDS_H

#include <stdbool.h>
#include <stdint.h>

struct own_pids; /* a table; NULL: no task is in another namespace */

struct own_pid {
	uint32_t pid, tid; /* in its own namespace */
	bool shown;        /* an event of it was emitted */
};

/* Adds the numbers of the task `tid`. forked_by: the task whose fork event of this one follows; 0: none.
 * Above a limit the oldest are dropped; without memory nothing is added. */
void own_pids_learn(
	struct own_pids **known, uint32_t tid, uint32_t pid_there, uint32_t tid_there, uint32_t forked_by);

/* The numbers of a task; NULL: the same as the tracer sees. Valid until the next own_pids_learn() or
 * own_pids_forked(). */
struct own_pid *own_pids_find(struct own_pids *known, uint32_t tid);

/* Call it with every fork: drops what is known of an earlier task with the child's number. */
void own_pids_forked(struct own_pids **known, uint32_t parent_tid, uint32_t child_tid);

void own_pids_free(struct own_pids **known);

#endif
