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

/* What the caller of execve passed. */
struct exec_call {
	uint32_t pid;
	uint64_t args[6];
	struct file_ref file;
	uint32_t path_len, argv_len, variables;
	bool has_path, has_argv, argv_cut, counted;
	UT_hash_handle hh;
	char strings[];
};

static struct exec_call *take_call(struct decoder *d, uint32_t pid)
{
	struct exec_call *exec;
	HASH_FIND(hh, d->exec_calls, &pid, sizeof(pid), exec);
	if (exec)
		HASH_DEL(d->exec_calls, exec);
	return exec;
}

int known_execs_call(struct decoder *d, uint32_t pid, const struct call_event *call)
{
	const struct span *path = &call->path[0], *argv = &call->path[1];
	free(take_call(d, pid));
	struct exec_call *exec = calloc(1, sizeof(*exec) + path->len + argv->len);
	if (!exec)
		return 0;
	exec->pid = pid;
	memcpy(exec->args, call->args, sizeof(exec->args));
	exec->file.id = call->file.id; /* its path is looked up when the call is shown */
	exec->path_len = path->len;
	exec->argv_len = argv->len;
	exec->has_path = path->data;
	exec->has_argv = argv->data;
	exec->argv_cut = argv->cut;
	exec->counted = call->block[0].len == sizeof(exec->variables);
	if (exec->counted)
		memcpy(&exec->variables, call->block[0].data, sizeof(exec->variables));
	if (path->len)
		memcpy(exec->strings, path->data, path->len);
	if (argv->len)
		memcpy(exec->strings + path->len, argv->data, argv->len);
	HASH_ADD(hh, d->exec_calls, pid, sizeof(exec->pid), exec);
	return 0;
}

/* The arguments as passed; path and vector only where the kernel side could still read them. */
static void fill_passed(struct decoder *d, const struct event *ev, struct call_event *call)
{
	struct exec_call *exec = take_call(d, ev->pid);
	free(d->exec_call);
	d->exec_call = exec;
	if (!exec)
		return;
	int envp = call->nr == SYS_execve ? 2 : 3;
	uint64_t variables = call->args[envp];
	memcpy(call->args, exec->args, sizeof(call->args));
	call->file = exec->file;
	if (exec->file.id.ino) {
		struct known_file known = known_files_find(d->files, &exec->file.id);
		call->file.path = known.path;
		call->file.deleted = known.deleted;
	}
	if (exec->has_path)
		call->path[0] = (struct span){ exec->strings, exec->path_len, false };
	if (exec->has_argv || exec->counted)
		call->path[1] = (struct span){ exec->has_argv ? exec->strings + exec->path_len : NULL,
			exec->argv_len, exec->argv_cut };
	if (exec->counted)
		call->block[0] =
			(struct span){ (const char *)&exec->variables, sizeof(exec->variables), false };
	else
		call->args[envp] = variables;
}

void known_execs_fill(struct decoder *d, const struct event *ev, struct call_event *call)
{
	int envp = call->nr == SYS_execve ? 2 : 3;
	struct known_exec *exec = find_exec(d, ev->tid);
	if (exec) {
		HASH_DEL(d->execs, exec);
		free(d->returned);
		d->returned = exec;
		call->path[0] = (struct span){ exec->strings, exec->file_len, false };
		call->path[1] =
			(struct span){ exec->strings + exec->file_len, exec->argv_len, exec->argv_cut };
		call->args[envp] = exec->envc; /* as the exec form of its decoding has it */
	}
	fill_passed(d, ev, call);
}

void known_execs_free(struct decoder *d)
{
	while (d->execs)
		forget_exec(d, d->execs);
	free(d->returned);
	d->returned = NULL;
	while (d->exec_calls)
		free(take_call(d, d->exec_calls->pid));
	free(d->exec_call);
	d->exec_call = NULL;
}
