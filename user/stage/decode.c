/* SPDX-License-Identifier: BSD-2-Clause */
#include "decode.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <uthash.h>

#include "known_files.h"
#include "own_pids.h"
#include "user/event/stacks.h"
#include "user/calls/syscalls.h"
#include "user/record/timeline.h"

/* A bundle's path, from its open event. */
struct known_bundle {
	struct {
		uint64_t pid, id;
	} key;
	uint32_t len;
	UT_hash_handle hh;
	char path[];
};

/* What a task executed last, until its execve is seen to return: by then the caller's memory is gone. */
struct known_exec {
	uint32_t tid;
	uint32_t file_len, argv_len, envc;
	bool argv_cut;
	UT_hash_handle hh;
	char strings[];
};

#define BUNDLES_MAX 65536

struct decoder {
	struct files *files;
	struct known_bundle *bundles;
	struct known_exec *execs;
	struct own_pids *own_pids;
	struct stacks *stacks;
	struct call_spec specs[SYSCALL_MAX];
	uint64_t *last_ns; /* when the last record of a ring was: TIMELINE_STREAMS for each CPU */
	unsigned rings;
	struct known_exec *returned; /* the exec that the event handed out last points into */
};

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof(*d));
	if (d && (!(d->files = files_new()) || !(d->stacks = stacks_new()))) {
		decoder_free(d);
		return NULL;
	}
	for (unsigned nr = 0; d && nr < SYSCALL_MAX; nr++)
		d->specs[nr] = syscall_spec(nr);
	return d;
}

static void forget_bundle(struct decoder *d, struct known_bundle *bundle)
{
	if (!bundle)
		return;
	HASH_DEL(d->bundles, bundle);
	free(bundle);
}

static void forget_exec(struct decoder *d, struct known_exec *exec)
{
	if (!exec)
		return;
	HASH_DEL(d->execs, exec);
	free(exec);
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	while (d->bundles)
		forget_bundle(d, d->bundles);
	while (d->execs)
		forget_exec(d, d->execs);
	free(d->returned);
	own_pids_free(&d->own_pids);
	free(d->last_ns);
	stacks_free(d->stacks);
	files_free(d->files);
	free(d);
}

/* The string of `bytes` (a string_bytes of bpf/events.h) at *at, which moves on; false: it is not all there. */
static bool take_string(const char **at, const char *end, uint16_t bytes, struct span *out)
{
	uint32_t len = bytes & STRING_LENGTH;
	*out = (struct span){ 0 };
	if (!(bytes & STRING_HERE))
		return true;
	if (len > (size_t)(end - *at))
		return false;
	*out = (struct span){ *at, len, bytes & STRING_CUT };
	*at += len;
	return true;
}

static const char *record_end(const struct event_header *record)
{
	return (const char *)record + record->size;
}

static void set_file(struct decoder *d, struct file_ref *file, const struct file_at *at)
{
	file->id = at->id;
	file->pos = at->pos;
	file->path = files_path(d->files, &at->id);
	file->opened = file->path.data ? files_told(d->files, &at->id) : 0;
}

static struct known_exec *find_exec(const struct decoder *d, uint32_t tid)
{
	struct known_exec *exec;
	HASH_FIND(hh, d->execs, &tid, sizeof(tid), exec);
	return exec;
}

/* An execve that succeeded: its path and arguments are those of the exec event before it. */
static void call_of_exec(struct decoder *d, uint32_t tid, struct call_event *call)
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

/* Keeps who stands behind the descriptors, and finds it for a close, which the kernel side sees too late:
 * what it saw is of another thread, which was given the number again. */
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
				call->file.id = files_close_fd(d->files, pid, fd, entered_ns);
			if (call->file.id.ino)
				call->file.path = files_path(d->files, &call->file.id);
		} else if (call->file.id.ino) {
			files_set_fd(d->files, pid, fd, &call->file.id, ev->time_ns);
		}
	}
	if ((call->nr == SYS_dup2 || call->nr == SYS_dup3) && call->result >= 0 &&
		call->args[0] != call->args[1])
		files_close_fd(d->files, pid, (int32_t)call->result, entered_ns);
	if (spec.flags & CALL_RETURNS_FD && call->other.id.ino)
		files_set_fd(d->files, pid, (int32_t)call->result, &call->other.id, ev->time_ns);
	if (spec.flags & CALL_FILLS_PAIR && call->block[0].len >= 2 * sizeof(int32_t)) {
		int32_t pair[2];
		memcpy(pair, call->block[0].data, sizeof(pair));
		files_set_fd(d->files, pid, pair[0], &call->file.id, ev->time_ns);
		files_set_fd(d->files, pid, pair[1], &call->other.id, ev->time_ns);
	}
}

static int take_call(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_syscall *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->nr >= SYSCALL_MAX)
		return -EBADMSG;
	struct call_event *call = &ev->call;
	call->nr = raw->nr;
	call->result = raw->result;
	memcpy(call->args, raw->args, sizeof(call->args));
	call->unfinished = raw->result == RESULT_UNFINISHED;
	call->returned = raw->nr != SYS_exit && raw->nr != SYS_exit_group && !call->unfinished;
	call->place = NULL;
	set_file(d, &call->file, &raw->file);
	ev->duration_ns = raw->duration_ns;
	ev->stack = stacks_find(d->stacks, raw->stack);
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
	if ((raw->nr == SYS_execve || raw->nr == SYS_execveat) && raw->result == 0)
		call_of_exec(d, ev->tid, call);
	call_descriptors(d, ev, call);
	return 1;
}

static struct known_bundle *find_bundle(const struct decoder *d, uint32_t pid, uint64_t id)
{
	struct known_bundle *bundle, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.pid = pid;
	probe.key.id = id;
	HASH_FIND(hh, d->bundles, &probe.key, sizeof(probe.key), bundle);
	return bundle;
}

static void learn_bundle(struct decoder *d, uint32_t pid, const struct app_event *app)
{
	if (!app->name.data)
		return;
	forget_bundle(d, find_bundle(d, pid, app->bundle));
	if (HASH_COUNT(d->bundles) >= BUNDLES_MAX)
		forget_bundle(d, d->bundles);
	struct known_bundle *bundle = calloc(1, sizeof(*bundle) + app->name.len);
	if (!bundle)
		return;
	bundle->key.pid = pid;
	bundle->key.id = app->bundle;
	bundle->len = app->name.len;
	memcpy(bundle->path, app->name.data, app->name.len);
	HASH_ADD(hh, d->bundles, key, sizeof(bundle->key), bundle);
}

static int take_app(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_app *raw = (const void *)record;
	if (record->size < offsetof(struct event_app, strings))
		return -EBADMSG;
	struct app_event *app = &ev->app;
	*app = (struct app_event){ .bundle = raw->bundle };
	memcpy(app->args, raw->args, sizeof(app->args));
	ev->stack = stacks_find(d->stacks, raw->stack);
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->name_bytes, &app->name))
		return -EBADMSG;
	if (ev->kind == EVENT_APP_OPEN)
		learn_bundle(d, ev->pid, app);
	struct known_bundle *bundle = find_bundle(d, ev->pid, app->bundle);
	if (bundle)
		app->bundle_path = (struct span){ bundle->path, bundle->len, false };
	if (ev->kind == EVENT_APP_LOAD)
		ev->duration_ns = app->args[APP_LOAD_NS];
	return 1;
}

static int take_model(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_model *raw = (const void *)record;
	if (record->size < offsetof(struct event_model, strings))
		return -EBADMSG;
	struct model_event *model = &ev->model;
	*model = (struct model_event){ .bundle = raw->bundle, .flags = raw->flags };
	memcpy(model->counts, raw->counts, sizeof(model->counts));
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->name_bytes, &model->name))
		return -EBADMSG;
	struct known_bundle *bundle = find_bundle(d, ev->pid, model->bundle);
	if (bundle)
		model->bundle_path = (struct span){ bundle->path, bundle->len, false };
	return 1;
}

static void learn_exec(struct decoder *d, uint32_t tid, const struct process_event *process)
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

static void name_child(struct decoder *d, uint32_t tid, struct process_event *process)
{
	own_pids_forked(&d->own_pids, tid, process->child_tid);
	const struct own_pid *own = own_pids_find(d->own_pids, process->child_tid);
	if (!own)
		return;
	process->child_ns_pid = own->pid;
	process->child_ns_tid = own->tid;
}

static int take_process(struct decoder *d, const struct event_header *record, struct event *ev)
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
		learn_exec(d, ev->tid, process);
	else if (ev->kind == EVENT_EXIT)
		forget_exec(d, find_exec(d, ev->tid));
	return 1;
}

static int take_file(struct decoder *d, const struct event_header *record)
{
	const struct event_file *raw = (const void *)record;
	struct span path;
	if (record->size < offsetof(struct event_file, strings))
		return -EBADMSG;
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->path_bytes | STRING_HERE, &path))
		return -EBADMSG;
	files_learn(d->files, &raw->id, path.data, path.len, path.cut);
	return 0;
}

static int take_task(struct decoder *d, const struct event_header *record)
{
	const struct event_task *raw = (const void *)record;
	if (record->size < sizeof(*raw))
		return -EBADMSG;
	own_pids_learn(&d->own_pids, record->tid, raw->own_pid, raw->own_tid, raw->forked_by);
	return 0;
}

static void set_own_pids(struct decoder *d, struct event *ev)
{
	struct own_pid *own = own_pids_find(d->own_pids, ev->tid);
	ev->ns_pid = own ? own->pid : 0;
	ev->ns_tid = own ? own->tid : 0;
	ev->ns_first = own && !own->shown;
	if (own)
		own->shown = true;
}

/* Notes that a ring had a record, and returns when it had the one before; 0: it had none. */
static uint64_t last_of_ring(struct decoder *d, unsigned ring, uint64_t time_ns)
{
	if (ring >= d->rings) {
		uint64_t *more = reallocarray(d->last_ns, ring + 1, sizeof(*more));
		if (!more)
			return 0;
		memset(more + d->rings, 0, (ring + 1 - d->rings) * sizeof(*more));
		d->last_ns = more;
		d->rings = ring + 1;
	}
	uint64_t last = d->last_ns[ring];
	d->last_ns[ring] = time_ns;
	return last;
}

int decoder_take(struct decoder *d, const struct event_header *record, unsigned cpu, struct event *ev)
{
	if (record->size < sizeof(*record))
		return -EBADMSG;
	ev->time_ns = record->time_ns;
	ev->duration_ns = NO_DURATION;
	ev->pid = record->pid;
	ev->tid = record->tid;
	ev->kind = record->kind;
	ev->cpu = (uint16_t)cpu;
	ev->lost_before = record->lost_before;
	unsigned ring = ev->cpu * TIMELINE_STREAMS + timeline_stream_of(record);
	ev->lost_since_ns = last_of_ring(d, ring, record->time_ns);
	ev->stack = NULL;
	if (record->kind == EVENT_FILE)
		return take_file(d, record);
	if (record->kind == EVENT_TASK)
		return take_task(d, record);
	if (record->kind == EVENT_FRAME || record->kind == EVENT_STACK)
		return stacks_learn(d->stacks, record);
	set_own_pids(d, ev);
	switch (record->kind) {
	case EVENT_SYSCALL:
		return take_call(d, record, ev);
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
		return take_process(d, record, ev);
	case EVENT_MODEL:
		return take_model(d, record, ev);
	}
	if (record->kind >= EVENT_APP_OPEN && record->kind <= EVENT_APP_LAST)
		return take_app(d, record, ev);
	return -EBADMSG;
}
