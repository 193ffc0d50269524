/* SPDX-License-Identifier: BSD-2-Clause */
/* The syscall layer: a call with its files, paths and memory. */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "decode_inside.h"

static void set_file(struct decoder *d, struct file_ref *file, const struct file_at *at)
{
	file->id = at->id;
	file->pos = at->pos;
	file->path = known_files_path(d->files, &at->id);
	file->opened = file->path.data ? known_files_opens(d->files, &at->id) : 0;
}

/* Keeps which file each descriptor refers to, so that a close can name its file: by the time the kernel side runs, the
 * descriptor is free, and may be another thread's new file. */
static void call_descriptors(struct decoder *d, const struct event *ev, struct call_event *call)
{
	struct call_spec spec = d->specs[call->nr];
	uint32_t pid = ev->pid;
	uint64_t entered_ns = ev->duration_ns == NO_DURATION ? 0 : ev->time_ns - ev->duration_ns;
	if (spec.fd_arg >= 0) {
		int32_t fd = (int32_t)call->args[spec.fd_arg];
		if (call->nr == SYS_close) {
			call->file = (struct file_ref){ 0 };
			if (call->result == 0)
				call->file.id = known_files_close_fd(d->files, pid, fd, entered_ns);
			if (call->file.id.ino)
				call->file.path = known_files_path(d->files, &call->file.id);
		} else if (call->file.id.ino) {
			known_files_set_fd(d->files, pid, fd, &call->file.id, ev->time_ns);
		}
	}
	if ((call->nr == SYS_dup2 || call->nr == SYS_dup3) && call->result >= 0 &&
		call->args[0] != call->args[1])
		known_files_close_fd(d->files, pid, (int32_t)call->result, entered_ns);
	if (spec.flags & CALL_RETURNS_FD && call->other.id.ino)
		known_files_set_fd(d->files, pid, (int32_t)call->result, &call->other.id, ev->time_ns);
	if (spec.flags & CALL_FILLS_PAIR && call->block[0].len >= 2 * sizeof(int32_t)) {
		int32_t pair[2];
		memcpy(pair, call->block[0].data, sizeof(pair));
		known_files_set_fd(d->files, pid, pair[0], &call->file.id, ev->time_ns);
		known_files_set_fd(d->files, pid, pair[1], &call->other.id, ev->time_ns);
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
	set_file(d, &call->file, &raw->file);
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
		set_file(d, &call->other, &more->other);
	} else {
		memset(call->path, 0, sizeof(call->path));
		memset(call->block, 0, sizeof(call->block));
		call->other = (struct file_ref){ 0 };
	}
	bool executes = raw->nr == SYS_execve || raw->nr == SYS_execveat;
	if (executes && raw->result == RESULT_EXECUTING)
		return known_execs_call(d, ev->pid, call);
	if (executes && raw->result == 0)
		known_execs_fill(d, ev, call);
	call_descriptors(d, ev, call);
	return 1;
}
