/* SPDX-License-Identifier: BSD-2-Clause */
/* The syscall layer: a call with its files, paths and memory. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "decode_inside.h"

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->name == b->name;
}

/* The record of dup2 and dup3 has what the second descriptor was before; what it is now, the first one is too. */
static void set_replaced(struct call_event *call)
{
	if (call->nr != SYS_dup2 && call->nr != SYS_dup3)
		return;
	if (!same_file(&call->file.id, &call->other.id))
		call->replaced = call->other;
	call->other = call->result >= 0 ? call->file : (struct file_ref){ 0 };
}

/* AT_FDCWD stands for the working directory, which the record has in place of a descriptor's file. */
static void set_folder(const struct call_spec *spec, struct call_event *call)
{
	struct file_ref *const files[] = { &call->file, &call->other };
	const int args[] = { spec->fd_arg, spec->flags & CALL_RETURNS_FD ? -1 : spec->fd_arg2 };
	call->folder = (struct file_ref){ 0 };
	for (int i = 0; i < 2; i++)
		if (args[i] >= 0 && (int32_t)call->args[args[i]] == AT_FDCWD) {
			if (files[i]->id.ino)
				call->folder = *files[i];
			*files[i] = (struct file_ref){ 0 };
		}
}

int decode_syscall(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_syscall *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->nr >= SYSCALL_MAX)
		return -EBADMSG;
	struct call_event *call = &ev->call;
	call->nr = raw->nr;
	call->number = raw->nr == SYSCALL_OTHER ? (uint64_t)raw->file.pos : raw->nr;
	call->result = raw->result;
	memcpy(call->args, raw->args, sizeof(call->args));
	call->unfinished = raw->result == RESULT_UNFINISHED;
	call->returned = raw->nr != SYS_exit && raw->nr != SYS_exit_group && !call->unfinished;
	call->place = NULL;
	decode_file(d, &call->file, &raw->file);
	ev->duration_ns = raw->duration_ns;
	decode_stack(d, raw->stack, ev);
	if (raw->more) {
		const struct event_syscall_more *more = (const void *)record;
		if (record->size < offsetof(struct event_syscall_more, strings))
			return -EBADMSG;
		const char *at = more->strings;
		for (int i = 0; i < 2; i++)
			if (!take_string(&at, record_end(record), more->string_bytes[i], &call->path[i]))
				return -EBADMSG;
		for (int i = 0; i < CALL_BLOCKS; i++)
			if (!take_string(&at, record_end(record), more->block_bytes[i], &call->block[i]))
				return -EBADMSG;
		decode_file(d, &call->other, &more->other);
	} else {
		memset(call->path, 0, sizeof(call->path));
		memset(call->block, 0, sizeof(call->block));
		call->other = (struct file_ref){ 0 };
	}
	call->replaced = call->mapped = (struct file_ref){ 0 };
	set_replaced(call);
	set_folder(&d->specs[call->nr], call);
	bool executes = raw->nr == SYS_execve || raw->nr == SYS_execveat;
	if (executes && raw->result == RESULT_EXECUTING)
		return known_execs_call(d, ev->pid, call);
	if (executes && raw->result == 0)
		known_execs_fill(d, ev, call);
	return 1;
}
