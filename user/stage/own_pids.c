/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_pids.h"

#include <stdlib.h>

#include <uthash.h>

#define TASKS_MAX 65536

struct own_pids {
	uint32_t tid;
	uint32_t forked_by; /* until that fork event has come; 0: none is expected */
	struct own_pid own;
	UT_hash_handle hh;
};

static struct own_pids *find(struct own_pids *known, uint32_t tid)
{
	struct own_pids *task;
	HASH_FIND(hh, known, &tid, sizeof(tid), task);
	return task;
}

static void forget(struct own_pids **known, struct own_pids *task)
{
	HASH_DEL(*known, task);
	free(task);
}

void own_pids_learn(
	struct own_pids **known, uint32_t tid, uint32_t pid_there, uint32_t tid_there, uint32_t forked_by)
{
	struct own_pids *task = find(*known, tid);
	if (!task) {
		if (HASH_COUNT(*known) >= TASKS_MAX)
			forget(known, *known);
		task = calloc(1, sizeof(*task));
		if (!task)
			return;
		task->tid = tid;
		HASH_ADD(hh, *known, tid, sizeof(task->tid), task);
	}
	task->forked_by = forked_by;
	task->own = (struct own_pid){ .pid = pid_there, .tid = tid_there };
}

struct own_pid *own_pids_find(struct own_pids *known, uint32_t tid)
{
	struct own_pids *task = known ? find(known, tid) : NULL;
	return task ? &task->own : NULL;
}

void own_pids_forked(struct own_pids **known, uint32_t parent_tid, uint32_t child_tid)
{
	struct own_pids *task = *known ? find(*known, child_tid) : NULL;
	if (!task)
		return;
	if (task->forked_by == parent_tid)
		task->forked_by = 0;
	else
		forget(known, task);
}

void own_pids_free(struct own_pids **known)
{
	while (*known)
		forget(known, *known);
}
