/* SPDX-License-Identifier: BSD-2-Clause */
/* The process layer: forks, execs and exits. */
#include <errno.h>
#include <stddef.h>

#include "decode_inside.h"

static void name_child(struct decoder *d, uint32_t tid, struct process_event *process)
{
	own_pids_forked(&d->own_pids, tid, process->child_tid);
	const struct own_pid *own = own_pids_find(d->own_pids, process->child_tid);
	if (!own)
		return;
	process->child_ns_pid = own->pid;
	process->child_ns_tid = own->tid;
}

static void learn_name(struct decoder *d, const struct event *ev)
{
	const struct process_event *process = &ev->process;
	if (ev->kind == EVENT_FORK && process->child_pid == process->child_tid)
		decode_learn_name(d, process->child_pid, process->comm.data, process->comm.len);
	else if (ev->kind == EVENT_EXEC)
		decode_learn_name(d, ev->pid, process->comm.data, process->comm.len);
	else if (ev->kind == EVENT_EXIT && ev->pid == ev->tid)
		d->ended = ev->pid;
}

int decode_process(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_process *raw = (const void *)record;
	if (record->size < offsetof(struct event_process, strings))
		return -EBADMSG;
	struct process_event *process = &ev->process;
	*process = (struct process_event){
		.child_pid = raw->child_pid,
		.child_tid = raw->child_tid,
		.status = raw->status,
		.argc = raw->argc,
		.envc = raw->envc,
		.comm = { raw->comm, (uint32_t)strnlen(raw->comm, sizeof(raw->comm)), false },
	};
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->string_bytes[0], &process->file) ||
		!take_string(&at, record_end(record), raw->string_bytes[1], &process->argv))
		return -EBADMSG;
	if (ev->kind == EVENT_FORK)
		name_child(d, ev->tid, process);
	else if (ev->kind == EVENT_EXEC)
		known_execs_learn(d, ev->tid, process);
	else if (ev->kind == EVENT_EXIT)
		known_execs_forget(d, ev->tid);
	learn_name(d, ev);
	return 1;
}
