/* SPDX-License-Identifier: BSD-2-Clause */
/* What tasks are executing: the strings of an exec event, for the execve call that returns after it. */
#include <stdlib.h>
#include <sys/syscall.h>

#include <uthash.h>

#include "decode_inside.h"

/* What a task executed last, until its execve is seen to return: by then the caller's memory is gone. */
struct known_exec {
	uint32_t tid;
	uint32_t file_len, argv_len, envc;
	bool argv_cut;
	UT_hash_handle hh;
	char strings[];
};

static void forget_exec(struct decoder *d, struct known_exec *exec)
{
	if (!exec)
		return;
	HASH_DEL(d->execs, exec);
	free(exec);
}

static struct known_exec *find_exec(const struct decoder *d, uint32_t tid)
{
	struct known_exec *exec;
	HASH_FIND(hh, d->execs, &tid, sizeof(tid), exec);
	return exec;
}

void known_execs_learn(struct decoder *d, uint32_t tid, const struct process_event *process)
{
	forget_exec(d, find_exec(d, tid));
	struct known_exec *exec = calloc(1, sizeof(*exec) + process->file.len + process->argv.len);
	if (!exec)
		return;
	exec->tid = tid;
	exec->file_len = process->file.len;
	exec->argv_len = process->argv.len;
	exec->argv_cut = process->argv.cut;
	exec->envc = process->envc;
	if (process->file.len)
		memcpy(exec->strings, process->file.data, process->file.len);
	if (process->argv.len)
		memcpy(exec->strings + process->file.len, process->argv.data, process->argv.len);
	HASH_ADD(hh, d->execs, tid, sizeof(exec->tid), exec);
}

void known_execs_forget(struct decoder *d, uint32_t tid)
{
	forget_exec(d, find_exec(d, tid));
}

void known_execs_fill(struct decoder *d, uint32_t tid, struct call_event *call)
{
	int envp = call->nr == SYS_execve ? 2 : 3;
	struct known_exec *exec = find_exec(d, tid);
	if (!exec)
		return;
	HASH_DEL(d->execs, exec);
	free(d->returned);
	d->returned = exec;
	call->path[0] = (struct span){ exec->strings, exec->file_len, false };
	call->path[1] = (struct span){ exec->strings + exec->file_len, exec->argv_len, exec->argv_cut };
	call->args[envp] = exec->envc; /* as the exec form of its decoding has it */
}

void known_execs_free(struct decoder *d)
{
	while (d->execs)
		forget_exec(d, d->execs);
	free(d->returned);
	d->returned = NULL;
}
