/* SPDX-License-Identifier: BSD-2-Clause */
/* What tasks of other pid namespaces, as containers have them, are called there. */
#ifndef USER_STAGE_OWN_PIDS_H
#define USER_STAGE_OWN_PIDS_H

#include <stdbool.h>
#include <stdint.h>

struct own_pids; /* NULL: no task is in another namespace */

struct own_pid {
	uint32_t pid, tid; /* in its own namespace */
	bool shown;        /* an event of it was handed out */
};

/* Learns the numbers of the task `tid`; forked_by: the task whose fork event follows, 0: none. Past a bound
 * the oldest go. */
void own_pids_learn(
	struct own_pids **known, uint32_t tid, uint32_t pid_there, uint32_t tid_there, uint32_t forked_by);

/* NULL: it has no others. Valid until the next call of own_pids_learn() or own_pids_forked(). */
struct own_pid *own_pids_find(struct own_pids *known, uint32_t tid);

/* A fork event: what was known of an earlier task with the child's number is forgotten. */
void own_pids_forked(struct own_pids **known, uint32_t parent_tid, uint32_t child_tid);

void own_pids_free(struct own_pids **known);

#endif
