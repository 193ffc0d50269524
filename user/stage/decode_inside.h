/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the decoder share: decode.c looks at a record's kind and gives it to the file of its layer,
 * decode_LAYER.c, which fills the event. A new layer is one more such file; the table in decode.c has it by itself.
 */
#ifndef USER_STAGE_DECODE_INSIDE_H
#define USER_STAGE_DECODE_INSIDE_H

#include <string.h>

#include "bpf/events.h"
#include "user/event/phases.h"
#include "user/event/stacks.h"

#include "decode.h"
#include "known_files.h"
#include "own_pids.h"
#include "process_names.h"

struct known_bundle;
struct known_exec;

struct decoder {
	struct known_files *files;
	struct known_bundle *bundles; /* paths of open bundles (decode_app.c) */
	struct known_exec *execs;     /* programs being executed (known_execs.c) */
	struct known_exec *returned;  /* the one that the last event points into */
	struct exec_call *exec_calls; /* what the callers passed, by pid */
	struct exec_call *exec_call;  /* the one that the last event points into */
	struct own_pids *own_pids;
	struct process_names *names;
	uint32_t named; /* the process of the last event that was shown, whose name is told; 0: look */
	uint32_t ended; /* the process whose exit event was the last event; 0: it was another one */
	struct stacks *stacks;
	struct phases *phases;
	struct call_spec specs[SYSCALL_MAX];
	uint64_t *last_ns; /* time of the last record of each ring: TIMELINE_STREAMS for each CPU */
	unsigned rings;
};

/* One for each layer. Fill *ev from the record; ev's header is filled already. 1; -EBADMSG: the record is damaged. */
#define DECODE(ID, word)                                                                                     \
	int decode_##word(struct decoder *d, const struct event_header *record, struct event *ev);
LAYERS(DECODE)
#undef DECODE

/* A process has this name from now on. */
static inline void decode_learn_name(struct decoder *d, uint32_t pid, const char *comm, size_t len)
{
	process_names_learn(&d->names, pid, comm, len);
	d->named = 0;
}

/* Frees what decode_app() and decode_process() keep. */
void decode_app_free(struct decoder *d);
void known_execs_free(struct decoder *d);

/* An execve's strings, kept from its exec event (the caller's memory is gone when the call returns). */
void known_execs_learn(struct decoder *d, uint32_t tid, const struct process_event *process);
void known_execs_forget(struct decoder *d, uint32_t tid);
/* Keeps what the caller passed, from the record that comes before the exec event (RESULT_EXECUTING). Returns 0, as a
 * record that is no event. */
int known_execs_call(struct decoder *d, uint32_t pid, const struct call_event *call);
/* Fills the path and arguments of a successful execve or execveat, as its caller passed them where that is known;
 * they are valid until the next call. */
void known_execs_fill(struct decoder *d, const struct event *ev, struct call_event *call);

/* Fills in what is known of the file that a record has. */
static inline void decode_file(struct decoder *d, struct file_ref *file, const struct file_at *at)
{
	struct known_file known = known_files_find(d->files, &at->id);
	file->id = at->id;
	file->pos = at->pos;
	file->path = known.path;
	file->deleted = known.deleted;
	file->opened = known.opens;
}

/* Sets the stack that a record refers to. A number that is not known is that of a stack which was not kept. */
static inline void decode_stack(const struct decoder *d, uint32_t stack, struct event *ev)
{
	ev->stack = stacks_find(d->stacks, stack);
	ev->stack_left_out = stack && !ev->stack;
}

static inline const char *record_end(const struct event_header *record)
{
	return (const char *)record + record->size;
}

/* Takes the string whose length word is `bytes` (STRING_HERE ...) from *at on. False: it reaches past `end`. */
static inline bool take_string(const char **at, const char *end, uint16_t bytes, struct span *out)
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

#endif
