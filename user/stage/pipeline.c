/* SPDX-License-Identifier: BSD-2-Clause */
#include "pipeline.h"

#include <stdlib.h>

#include "user/base/text.h"
#include "user/event/call_counts.h"
#include "user/tables/file_table.h"
#include "user/tables/load_table.h"
#include "user/tables/phase_table.h"
#include "user/tables/stats.h"
#include "user/tables/summary.h"
#include "cause.h"
#include "decode.h"
#include "places.h"

/* Losses that were reported before records which are not shown: they belong to the next one that is. */
struct gap {
	uint32_t lost;
	uint64_t since_ns;
};

struct pipeline {
	struct pipeline_ends ends;
	struct decoder *decoder; /* NULL: raw */
	struct places *places;
	struct cause *cause;   /* NULL: with a tap, which keeps what is recorded */
	struct select *select; /* NULL: everything is shown */
	struct call_count *calls;
	struct gap gap;
	struct text copy; /* a record whose lost_before was changed */
	uint64_t events, max_events, stacks_left_out;
	uint64_t tables_only; /* kinds */
	unsigned cpu;         /* of the record at hand */
	int err;              /* of the tap, from names that were found */
};

/* A record on its way. */
struct passage {
	const struct event_header *record;
	unsigned cpu;
	struct event ev;
	bool context; /* not asked for, but counts of what was asked for need it */
};

/* What a stage returns for a record that goes on; else pipeline_take() returns it. */
#define GO_ON 2

static int take_out(struct pipeline *p, const struct passage *at, const struct event *ev)
{
	return p->ends.tap(p->ends.tap_ctx, at->record, at->cpu, ev);
}

static void carry_gap(struct pipeline *p, const struct event *ev)
{
	if (ev->lost_before && (!p->gap.lost || ev->lost_since_ns < p->gap.since_ns))
		p->gap.since_ns = ev->lost_since_ns;
	p->gap.lost += ev->lost_before;
}

/* ---- the stages ---- */

static inline int stage_decode(struct pipeline *p, struct passage *at)
{
	int kind = decoder_take(p->decoder, at->record, at->cpu, &at->ev);
	if (kind)
		return kind < 0 ? kind : GO_ON;
	if (p->ends.tap)
		return take_out(p, at, NULL);
	carry_gap(p, &at->ev);
	return 0;
}

static inline int stage_places(struct pipeline *p, struct passage *at)
{
	places_name(p->places, &at->ev);
	return p->err ? p->err : GO_ON;
}

static inline int stage_cause(struct pipeline *p, struct passage *at)
{
	int err = p->cause ? cause_take(p->cause, &at->ev) : 0;
	return err ? err : GO_ON;
}

static bool is_selected(struct pipeline *p, const struct event *ev)
{
	return !p->select || select_event(p->select, ev) == SELECT_IN;
}

/* Counters that are not selected leave the losses before them to the next event. */
static int take_out_counter(struct pipeline *p, const struct passage *at)
{
	if (is_selected(p, &at->ev))
		return take_out(p, at, &at->ev);
	carry_gap(p, &at->ev);
	return 0;
}

static inline int stage_counters(struct pipeline *p, struct passage *at)
{
	if (kind_of(at->ev.kind)->role != ROLE_TABLES)
		return GO_ON;
	if (p->ends.tap)
		return take_out_counter(p, at);
	carry_gap(p, &at->ev);
	pipeline_tables(p, &at->ev);
	return 0;
}

static inline int stage_select(struct pipeline *p, struct passage *at)
{
	enum select_verdict verdict = p->select ? select_event(p->select, &at->ev) : SELECT_IN;
	at->context = verdict == SELECT_CONTEXT;
	if (verdict != SELECT_OUT)
		return GO_ON;
	carry_gap(p, &at->ev);
	return 0;
}

static inline int stage_count(struct pipeline *p, struct passage *at)
{
	const struct event *ev = &at->ev;
	if (pipeline_full(p))
		return 0;
	if (at->context || p->tables_only & KIND_BIT(ev->kind))
		return GO_ON;
	p->events += !p->ends.counts || p->ends.counts(ev);
	p->stacks_left_out += ev->stack_left_out;
	if (p->calls && ev->kind == EVENT_SYSCALL)
		call_counts_add(p->calls, ev->call.nr, ev->call.result, ev->duration_ns);
	return GO_ON;
}

/* Gives an event the losses carried so far; the tap's record has them too. */
static void fill_gap(struct pipeline *p, struct passage *at)
{
	carry_gap(p, &at->ev);
	at->ev.lost_before = p->gap.lost;
	at->ev.lost_since_ns = p->gap.since_ns;
	p->gap.lost = 0;
	text_clear(&p->copy);
	text_add(&p->copy, (const char *)at->record, at->record->size);
	if (p->copy.failed)
		return;
	struct event_header *changed = (void *)p->copy.data;
	changed->lost_before = at->ev.lost_before;
	at->record = changed;
}

static inline int stage_gaps(struct pipeline *p, struct passage *at)
{
	if (!at->context && p->gap.lost)
		fill_gap(p, at);
	else if (at->context && !p->ends.tap)
		carry_gap(p, &at->ev);
	return GO_ON;
}

/* The name of a process, which the record that it came with may not be selected to tell. */
static int take_out_name(struct pipeline *p, const struct event *ev, unsigned cpu)
{
	struct event_task record = { .head = {
					     .time_ns = ev->time_ns,
					     .pid = ev->pid,
					     .tid = ev->pid,
					     .size = sizeof(record),
					     .kind = EVENT_TASK,
				     } };
	size_t len = ev->comm.len < sizeof(record.comm) ? ev->comm.len : sizeof(record.comm) - 1;
	memcpy(record.comm, ev->comm.data, len);
	return p->ends.tap(p->ends.tap_ctx, &record.head, cpu, NULL);
}

/* Where trace files and the flight recorder leave. */
static inline int stage_tap(struct pipeline *p, struct passage *at)
{
	if (!p->ends.tap)
		return GO_ON;
	decoder_name(p->decoder, &at->ev);
	int err = at->ev.comm.data ? take_out_name(p, &at->ev, at->cpu) : 0;
	return err ? err : take_out(p, at, &at->ev);
}

static inline int stage_tables(struct pipeline *p, struct passage *at)
{
	if (p->ends.summary)
		summary_event(p->ends.summary, &at->ev);
	if (p->ends.files && !at->context)
		files_table_event(p->ends.files, &at->ev);
	if (p->ends.loads && !at->context)
		load_table_event(p->ends.loads, &at->ev);
	if (!at->context)
		phase_table_event(p->ends.phases, &at->ev);
	int err = p->ends.stats && !at->context ? stats_event(p->ends.stats, &at->ev) : 0;
	return err ? err : GO_ON;
}

static inline int stage_sink(struct pipeline *p, struct passage *at)
{
	if (!p->ends.sink || at->context || p->tables_only & KIND_BIT(at->ev.kind))
		return 0;
	decoder_name(p->decoder, &at->ev);
	return p->ends.sink->event(p->ends.sink, &at->ev);
}

#define STAGES(S) S(decode) S(places) S(cause) S(counters) S(select) S(count) S(gaps) S(tap) S(tables) S(sink)

#define PASS(stage)                                                                                          \
	if ((result = stage_##stage(p, at)) != GO_ON)                                                        \
		return result;

/* An event that no record has. */
static int take_made(void *ctx, const struct event *ev)
{
	struct pipeline *p = ctx;
	struct passage passage = { .ev = *ev }, *at = &passage;
	int result;
	PASS(select)
	PASS(count)
	PASS(tables)
	PASS(sink)
	return 0;
}

/* The names in a file, which a recording has because the file may be another one by now. */
static int take_names(struct pipeline *p, const struct passage *at)
{
	int err = places_learn(p->places, at->record);
	return !err && p->ends.tap ? take_out(p, at, NULL) : err;
}

/* The number of a record's stack, as it is written. */
static uint32_t stack_of(const struct event_header *record)
{
	if (record->kind == EVENT_SYSCALL && record->size >= sizeof(struct event_syscall))
		return ((const struct event_syscall *)(const void *)record)->stack;
	if (KIND_IS_PROBE(record->kind) && record->size >= offsetof(struct event_app, strings))
		return ((const struct event_app *)(const void *)record)->stack;
	return 0;
}

int pipeline_take(struct pipeline *p, const struct event_header *record, unsigned cpu)
{
	struct passage passage, *at = &passage;
	at->record = record;
	at->cpu = cpu;
	p->cpu = cpu;
	if (!p->decoder) {
		p->events += kind_of(record->kind)->role != ROLE_DEFINES;
		p->stacks_left_out += stack_of(record) == STACK_LEFT_OUT;
		return take_out(p, at, NULL);
	}
	if (record->kind == EVENT_NAMES)
		return take_names(p, at);
	int result;
	STAGES(PASS)
	return 0;
}

void pipeline_gap(struct pipeline *p, uint64_t kinds)
{
	if (!p->decoder)
		return;
	decoder_gap(p->decoder, kinds);
	places_gap(p->places, kinds);
	if (p->cause)
		cause_gap(p->cause);
}

int pipeline_end(struct pipeline *p)
{
	return p->cause ? cause_finish(p->cause) : 0;
}

uint64_t pipeline_not_inferred(const struct pipeline *p)
{
	return p->cause ? cause_not_inferred(p->cause) : 0;
}

void pipeline_tables(struct pipeline *p, const struct event *ev)
{
	if ((!p->ends.summary && !p->ends.files) || !is_selected(p, ev))
		return;
	if (p->ends.summary)
		summary_event(p->ends.summary, ev);
	if (p->ends.files && !pipeline_full(p))
		files_table_event(p->ends.files, ev);
}

/* ---- the pipeline itself ---- */

/* Names that were just read go to the tap before the record that they are for. */
static void found_names(void *ctx, const struct event_header *names)
{
	struct pipeline *p = ctx;
	int err = p->ends.tap(p->ends.tap_ctx, names, p->cpu, NULL);
	p->err = err < 0 && !p->err ? err : p->err;
}

static bool make_stages(struct pipeline *p, const struct pipeline_options *options)
{
	bool select = selection_any(options->selection);
	if (options->raw)
		return true;
	p->decoder = decoder_new();
	struct places_options places = {
		.may_open = options->may_open,
		.maps_followed = options->maps_followed,
		.found = p->ends.tap ? found_names : NULL,
		.found_ctx = p,
	};
	p->places = places_new(&places);
	const struct cause_output made = { take_made, p };
	if (!p->ends.tap && !(p->cause = cause_new(&options->cause, &made)))
		return false;
	if (options->count_calls)
		p->calls = calloc(SYSCALL_MAX, sizeof(*p->calls));
	if (select)
		p->select = select_new(options->selection, options->where);
	return p->decoder && p->places && (p->calls || !options->count_calls) && (p->select || !select);
}

struct pipeline *pipeline_new(const struct pipeline_options *options, const struct pipeline_ends *ends)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->ends = *ends;
	p->tables_only = options->tables_only;
	p->max_events = options->max_events ? options->max_events : UINT64_MAX;
	if (make_stages(p, options))
		return p;
	pipeline_free(p);
	return NULL;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	cause_free(p->cause);
	places_free(p->places);
	decoder_free(p->decoder);
	select_free(p->select);
	text_free(&p->copy);
	free(p->calls);
	free(p);
}

void pipeline_set_decided(struct pipeline *p, const struct select_decided *decided)
{
	if (p->select)
		select_set_decided(p->select, decided);
}

uint64_t pipeline_events(const struct pipeline *p)
{
	return p->events;
}

uint64_t pipeline_stacks_left_out(const struct pipeline *p)
{
	return p->stacks_left_out;
}

bool pipeline_full(const struct pipeline *p)
{
	return p->events == p->max_events;
}

const struct call_count *pipeline_calls(const struct pipeline *p)
{
	return p->calls;
}
