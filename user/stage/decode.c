/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "user/calls/call_spec.h"
#include "user/event/kinds.h"
#include "user/record/timeline.h"
#include "decode_inside.h"

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof(*d));
	if (d && (!(d->files = known_files_new()) || !(d->stacks = stacks_new()) ||
			 !(d->phases = phases_new()))) {
		decoder_free(d);
		return NULL;
	}
	for (unsigned nr = 0; d && nr < SYSCALL_MAX; nr++)
		d->specs[nr] = syscall_spec(nr);
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	decode_app_free(d);
	known_execs_free(d);
	own_pids_free(&d->own_pids);
	process_names_free(&d->names);
	free(d->last_ns);
	stacks_free(d->stacks);
	phases_free(d->phases);
	known_files_free(d->files);
	free(d);
}

static int take_file(struct decoder *d, const struct event_header *record)
{
	const struct event_file *raw = (const void *)record;
	struct span path;
	if (record->size < offsetof(struct event_file, strings))
		return -EBADMSG;
	const char *at = raw->strings;
	uint16_t bytes = raw->path_bytes & (uint16_t)~PATH_DELETED;
	if (!take_string(&at, record_end(record), bytes | STRING_HERE, &path))
		return -EBADMSG;
	known_files_learn(d->files, &raw->id, path, raw->path_bytes & PATH_DELETED);
	return 0;
}

static int take_task(struct decoder *d, const struct event_header *record)
{
	const struct event_task *raw = (const void *)record;
	if (record->size < offsetof(struct event_task, comm))
		return -EBADMSG;
	if (raw->own_pid)
		own_pids_learn(&d->own_pids, record->tid, raw->own_pid, raw->own_tid, raw->forked_by);
	if (record->size >= sizeof(*raw) && raw->comm[0])
		decode_learn_name(d, record->pid, raw->comm, strnlen(raw->comm, sizeof(raw->comm)));
	return 0;
}

/* Keeps what a record describes for the events that refer to it. */
static int take_definition(struct decoder *d, const struct event_header *record)
{
	switch (record->kind) {
	case EVENT_FILE:
		return take_file(d, record);
	case EVENT_TASK:
		return take_task(d, record);
	case EVENT_PHASE_MAP:
		return phases_learn(d->phases, record);
	default:
		return stacks_learn(d->stacks, record);
	}
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

void decoder_gap(struct decoder *d, uint64_t kinds)
{
	const uint64_t programs = KIND_BIT(EVENT_FORK) | KIND_BIT(EVENT_EXEC);
	if (kinds & KIND_BIT(EVENT_FILE))
		known_files_forget(d->files);
	known_execs_free(d);
	if (kinds & KIND_BIT(EVENT_TASK))
		own_pids_free(&d->own_pids);
	/* a bundle's number is unique within its process */
	if ((kinds & KIND_BIT(EVENT_APP_OPEN)) && (kinds & programs))
		decode_app_free(d);
}

typedef int (*decode_layer)(struct decoder *d, const struct event_header *record, struct event *ev);

static const decode_layer layers[] = {
#define DECODE_LAYER(ID, word) [LAYER_##ID] = decode_##word,
	LAYERS(DECODE_LAYER)
};

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
	ev->stack_left_out = false;
	ev->comm = (struct span){ 0 };
	ev->load = 0;
	ev->within_load = false;
	ev->costs = NULL;
	if (d->ended)
		process_names_forget(&d->names, d->ended);
	d->ended = 0;
	const struct kind *kind = kind_of(record->kind);
	if (kind->role == ROLE_DEFINES)
		return take_definition(d, record);
	set_own_pids(d, ev);
	return kind->role == ROLE_SHOWN || kind->role == ROLE_TABLES ? layers[kind->layer](d, record, ev)
								     : -EBADMSG;
}

void decoder_name(struct decoder *d, struct event *ev)
{
	if (ev->pid == d->named)
		return;
	ev->comm = process_names_take(d->names, ev->pid);
	d->named = ev->pid;
}
